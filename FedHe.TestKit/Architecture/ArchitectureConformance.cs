using System.Reflection;

namespace FedHe.TestKit.Architecture;

/// <summary>The architecture tests hold a library of FedHe to the common rules of docs/architecture.md.</summary>
/// <param name="assembly">The library.</param>
/// <remarks>A test class of each library derives from this class and adds the rules of its library.</remarks>
public abstract class ArchitectureConformance(Assembly assembly)
{
    /// <summary>The uses of types by the library.</summary>
    protected IReadOnlyList<CodeReference> References { get; } = CodeReader.ReferencesOf(assembly);

    /// <summary>The name of the folders that may contain unsafe code.</summary>
    protected virtual string UnsafeFolder => "Kernels";

    /// <summary>The uses of the clock, the machine or unseeded randomness for which the library has a reason.</summary>
    protected virtual IReadOnlyCollection<string> AllowedAmbientState => [];

    /// <summary>The changing static fields for which the library has a reason.</summary>
    protected virtual IReadOnlyCollection<string> AllowedStaticState => [];

    /// <summary>The friends beside its tests and the benchmarks for which the library has a reason.</summary>
    protected virtual IReadOnlyCollection<string> AllowedFriends => [];

    /// <summary>The types that lie, for a reason of the library, in another namespace than below the name of the assembly.</summary>
    protected virtual IReadOnlyCollection<string> AllowedElsewhere => [];

    [Fact]
    public void Namespaces_AreBelowTheNameOfTheAssembly()
        => KnownFaults.ShouldBeAll(
            "Types lie in a namespace that is not below the name of the assembly.",
            CodeReader.TypesOf(assembly).Where(type => !IsBelowAssembly(type)).Select(type => type.Outermost()).Distinct(),
            type => type.FullName!,
            AllowedElsewhere);

    [Fact]
    public void Folders_FormNoCircle()
        => KnownFaults.ShouldBeAll(
            "Folders use each other in a circle.",
            new FolderGraph(assembly, References).FindCircles(),
            circle => circle.Name,
            []);

    [Fact]
    public void OtherLibraries_AreUsedByTheirPublicSurface()
        => KnownFaults.ShouldBeAll(
            "Internals of another library are used.", Accessibility.FaultsIn(References), Accessibility.NameOf, []);

    [Fact]
    public void Friends_AreItsTestsAndTheBenchmarks()
        => KnownFaults.ShouldBeAll(
            "Internals are visible to a friend that is neither a test of this library nor the benchmarks.",
            Friends.FaultsIn(assembly.GetName().Name!, Friends.Of(assembly)),
            friend => friend,
            AllowedFriends);

    [Fact]
    public void UnsafeCode_OutsideOfItsFolder_IsNowhere()
        => UnsafeCode.Outside(References, UnsafeFolder).Should().BeEmpty();

    [Fact]
    public void AmbientState_IsNowhere()
        => KnownFaults.ShouldBeAll(
            "Results depend on the machine, the clock or unseeded randomness.",
            References.Where(AmbientState.IsIn),
            use => $"{use.Source.FullName} uses {use.Target.FullName}",
            AllowedAmbientState);

    [Fact]
    public void StaticFields_AreReadOnly()
        => KnownFaults.ShouldBeAll("Static fields can change.", StaticState.FaultsIn(assembly), field => field, AllowedStaticState);

    private bool IsBelowAssembly(Type type)
        => $"{type.Outermost().Namespace}.".StartsWith($"{assembly.GetName().Name}.", StringComparison.Ordinal);
}
