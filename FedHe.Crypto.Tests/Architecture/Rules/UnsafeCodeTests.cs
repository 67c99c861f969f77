using FedHe.Crypto.Tests.Architecture.Offenders;
using FedHe.Crypto.Tests.Architecture.Offenders.Kernels;
using FedHe.TestKit.Architecture;

namespace FedHe.Crypto.Tests.Architecture.Rules;

public sealed class UnsafeCodeTests
{
    [Theory]
    [InlineData(typeof(CastsSpans))]
    [InlineData(typeof(SkipsRangeChecks))]
    [InlineData(typeof(UsesVectors))]
    [InlineData(typeof(AllocatesNativeMemory))]
    public void UnsafeCode_OutsideOfKernels_IsFound(Type offender)
        => FaultsOf(offender, "Kernels").Should().NotBeEmpty();

    [Fact]
    public void UnsafeCode_InTheRightFolder_IsAllowed()
    {
        FaultsOf(typeof(FastSum), "Kernels").Should().BeEmpty();
        FaultsOf(typeof(FastSum), "Native").Should().NotBeEmpty();
    }

    [Fact]
    public void Pointer_InASignature_IsUnsafe()
        => UnsafeCode.IsIn(new CodeReference(typeof(UnsafeCodeTests), typeof(byte).MakePointerType(), Member: null)).Should().BeTrue();

    [Fact]
    public void SafeCode_IsNotUnsafe()
        => FaultsOf(typeof(AsksTheMachine), "Kernels").Should().BeEmpty();

    private static IEnumerable<CodeReference> FaultsOf(Type source, string folder)
        => UnsafeCode.Outside(CodeReader.ReferencesOf(source.Assembly).Where(use => use.Source == source), folder);
}
