using FedHe.Crypto.Tests.Architecture.Offenders.Above;
using FedHe.Crypto.Tests.Architecture.Offenders.Below;
using FedHe.Crypto.Tests.Architecture.Offenders.Below.Deep;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class FolderGraphTests
{
    private const string Above = "FedHe.Crypto.Tests.Architecture.Offenders.Above";
    private const string Below = "FedHe.Crypto.Tests.Architecture.Offenders.Below";
    private const string Deep = "FedHe.Crypto.Tests.Architecture.Offenders.Below.Deep";

    private static readonly IReadOnlyList<CodeReference> References = CodeReader.ReferencesOf(typeof(Roof).Assembly);

    [Fact]
    public void Circle_HiddenInGeneratedCode_IsFoundOnceAndNamedWithItsReferences()
    {
        FolderGraph graph = GraphOf(References.Where(use => use.Source.Namespace is Above or Below or Deep));

        FolderCircle circle = graph.FindCircles().Should().ContainSingle().Subject;
        circle.Name.Should().Be($"{Above} -> {Below} -> {Above}");
        circle.ToString().Should().Be($"\n    {Above}.Roof uses {Below}.Cellar.Depth\n    {Below}.Cellar uses {Above}.Roof.get_Height");
    }

    [Fact]
    public void Circle_OfParentAndSubfolder_IsFound()
        => GraphOf([Use(typeof(Cellar), typeof(Well)), Use(typeof(Well), typeof(Cellar))]).FindCircles()
            .Should().ContainSingle().Which.Name.Should().Be($"{Below} -> {Deep} -> {Below}");

    [Fact]
    public void Circle_OfThreeFolders_IsFoundOnce()
        => GraphOf([Use(typeof(Roof), typeof(Cellar)), Use(typeof(Cellar), typeof(Well)), Use(typeof(Well), typeof(Roof))])
            .FindCircles().Should().ContainSingle().Which.Name.Should().Be($"{Above} -> {Below} -> {Deep} -> {Above}");

    [Fact]
    public void Chain_OfFolders_IsNoCircle()
    {
        FolderGraph graph = GraphOf([Use(typeof(Roof), typeof(Cellar)), Use(typeof(Roof), typeof(Well)), Use(typeof(Well), typeof(Cellar))]);

        graph.FindCircles().Should().BeEmpty();
        graph.UsedBy(Above).Should().Equal(Below, Deep);
    }

    [Fact]
    public void Folders_OfCrypto_AreItsNamespacesAndSubfoldersCount()
        => new FolderGraph(typeof(IHeScheme).Assembly, CodeReader.ReferencesOf(typeof(IHeScheme).Assembly)).Folders
            .Should().Contain(["FedHe.Crypto", "FedHe.Crypto.Ckks", "FedHe.Crypto.Ckks.SealFormat"]);

    private static FolderGraph GraphOf(IEnumerable<CodeReference> references) => new(typeof(Roof).Assembly, references);

    private static CodeReference Use(Type source, Type target) => new(source, target, Member: null);
}
