using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class SchemeFoldersTests
{
    [Theory]
    [InlineData(typeof(SchemeFoldersTests), typeof(PaillierParameters))]
    [InlineData(typeof(SchemeFoldersTests), typeof(SealExchange))]
    [InlineData(typeof(IHeScheme), typeof(CkksParameters))]
    [InlineData(typeof(SealExchange), typeof(PaillierParameters))]
    public void Scheme_UsedFromOutside_IsFound(Type source, Type target)
        => UsesIn(source, target).Should().ContainSingle();

    [Theory]
    [InlineData(typeof(SealExchange), typeof(CkksParameters))]
    [InlineData(typeof(CkksParameters), typeof(SealExchange))]
    [InlineData(typeof(CkksParameters), typeof(HeContext))]
    public void Scheme_UsedByItselfOrUsingContracts_IsAllowed(Type source, Type target)
        => UsesIn(source, target).Should().BeEmpty();

    private static IEnumerable<CodeReference> UsesIn(Type source, Type target)
        => SchemeFolders.UsesIn([new CodeReference(source, target, Member: null)], SchemeFolders.OfCrypto);
}
