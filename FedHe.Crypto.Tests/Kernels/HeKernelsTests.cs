using FedHe.Crypto.Kernels.Lanes;

namespace FedHe.Crypto.Tests.Kernels;

public sealed class HeKernelsTests
{
    // CPUID: ECX of leaf 1, EBX of leaf 7.
    private const int ZenThreeFeatures = unchecked((int)0xFFFA3203);
    private const int ZenThreeExtended = 0x219C07AB;
    private const int Avx512 = unchecked((int)0xD0030000);

    [Fact]
    public void Current_OfAnyProcess_AreTheWidestThatItsCodeMayUse()
    {
        HeKernels.Current.Width.Should().Be(LaneSupport.BestWithoutFusion).And.BeOneOf(LaneSupport.Best, LaneWidth.Vector128);
        ((int)HeKernels.Current.ProcessorWidth).Should().BeGreaterThanOrEqualTo((int)LaneSupport.BestWithoutFusion);
    }

    [Theory]
    [InlineData(ZenThreeFeatures, ZenThreeExtended, LaneWidth.Vector256)]
    [InlineData(ZenThreeFeatures, ZenThreeExtended | Avx512, LaneWidth.Vector512)]
    [InlineData(ZenThreeFeatures, ZenThreeExtended | (1 << 16), LaneWidth.Vector256)]
    [InlineData(ZenThreeFeatures, ZenThreeExtended & ~(1 << 5), LaneWidth.Specification)]
    [InlineData(ZenThreeFeatures, 0, LaneWidth.Specification)]
    [InlineData(ZenThreeFeatures & ~(1 << 12), ZenThreeExtended, LaneWidth.Specification)]
    [InlineData(ZenThreeFeatures & ~(1 << 27), ZenThreeExtended, LaneWidth.Specification)]
    [InlineData(ZenThreeFeatures & ~(1 << 28), ZenThreeExtended, LaneWidth.Specification)]
    public void ProcessorSupport_OfAnX86Processor_NeedsAllInstructionsOfAWidth(int features, int extended, LaneWidth expected)
        => ProcessorSupport.BestOf(features, extended).Should().Be(expected);

    [Theory]
    [InlineData(LaneWidth.Specification, LaneWidth.Vector256, true)]
    [InlineData(LaneWidth.Vector128, LaneWidth.Vector512, true)]
    [InlineData(LaneWidth.Vector256, LaneWidth.Vector512, false)]
    [InlineData(LaneWidth.Vector128, LaneWidth.Vector128, false)]
    [InlineData(LaneWidth.Specification, LaneWidth.Specification, false)]
    public void AreHeldBack_WithoutWideRegistersThatTheProcessorHas_IsTrue(LaneWidth width, LaneWidth processor, bool expected)
        => new HeKernels(width, processor, HasAesInstructions: true).AreHeldBack.Should().Be(expected);

    [Theory]
    [InlineData(LaneWidth.Specification, true, "plain loops without vector registers, AES instructions")]
    [InlineData(LaneWidth.Scalar, true, "fused multiplication without vector registers, AES instructions")]
    [InlineData(LaneWidth.Vector128, false, "128-bit registers, no AES instructions")]
    [InlineData(LaneWidth.Vector256, true, "256-bit registers (AVX2, FMA), AES instructions")]
    [InlineData(LaneWidth.Vector512, true, "512-bit registers (AVX-512), AES instructions")]
    public void ToString_OfEveryWidth_NamesIt(LaneWidth width, bool aes, string expected)
        => new HeKernels(width, LaneWidth.Vector512, aes).ToString().Should().Be(expected);

    [Fact]
    public void Describe_OfNoWidth_IsRefused()
        => FluentActions.Invoking(() => HeKernels.Describe((LaneWidth)(-1))).Should().Throw<ArgumentOutOfRangeException>();
}
