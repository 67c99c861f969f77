using System.Buffers;
using FedHe.Crypto.Serialization;
using FedHe.MLBridge.Policies;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Tests.Privacy;

namespace FedHe.Orchestration.Tests.Wire;

/// <summary>The bytes of update terms with privacy terms, as docs/wire-format.md describes them.</summary>
public sealed class UpdateTermsGoldenBytesTests
{
    [Theory]
    [InlineData("client", "0201000000000000503f004000000000000001010000000000002040f168e388b5f8e43e000000000000f03f020000000000005940000000000000e03f040000000100000001000000")]
    [InlineData("rotated", "0201000000000000503f004000000000000002010000000000002040f168e388b5f8e43e000000000000f03f020000000000005940000000000000e03f04000000010000000100000001000000000000503f")]
    [InlineData("masked", "0201000000000000503f004000000000000002010000000000002040f168e388b5f8e43e000000000000f03f020000000000005940000000000000e03f04000000010000000100000002"
        + "0e0072616e646f6d28302e352c203729")]
    [InlineData("rotated, adaptive", "0201000000000000503f004000000000000002010000000000002040f168e388b5f8e43e000000000000f03f020000000000005940000000000000e03f04000000010000000100000005"
        + "000000000000503f000000000000e03f9a9999999999c93f0000000000001040")]
    [InlineData("gradients", "0201000000000000503f004000000000000001020000000000002040f168e388b5f8e43e000000000000f03f0200000000000059400000000000000000040000000100000001000000010a000000000000f03f01000000")]
    [InlineData("training", "020001020000000000002040f168e388b5f8e43e000000000000f03f0100000000000050410000000000000000010000000000000000000000020a000000000000e03f04000000")]
    [InlineData("training, masked, counted", "020002020000000000002040f168e388b5f8e43e000000000000f03f0100000000000050410000000000000000010000000000000000000000020a000000000000e03f04000000" + "12"
        + "0e0072616e646f6d28302e352c203729" + "0000000000005940")]
    public void Terms_OfEachForm_HaveTheseBytes(string form, string expected)
    {
        var terms = new UpdateTerms(
            UpdateKind.Difference,
            form.StartsWith("training", StringComparison.Ordinal) ? null : PrivacyTermsTests.Integers,
            form switch
            {
                "client" => PrivacyTermsTests.Terms(),
                "rotated" => PrivacyTermsTests.Terms() with { Rotation = new RotationTerms(1.0 / 1024) },
                "masked" => PrivacyTermsTests.Terms() with { PublicMask = new PublicMaskTerms(MaskPolicy.Random(0.5, seed: 7)) },
                "rotated, adaptive" => PrivacyTermsTests.Terms() with
                {
                    Rotation = new RotationTerms(1.0 / 1024),
                    AdaptiveClip = new AdaptiveClipTerms(0.5, 0.2, bitVariance: 4),
                },
                "gradients" => RecordTermsTests.Gradients(),
                "training, masked, counted" => RecordTermsTests.Training() with
                {
                    PublicMask = new PublicMaskTerms(MaskPolicy.Random(0.5, seed: 7)),
                    NoisedCount = new NoisedCountTerms(100),
                },
                _ => RecordTermsTests.Training(),
            });
        var bytes = new ArrayBufferWriter<byte>();

        terms.Write(new WireWriter(bytes));

        Convert.ToHexStringLower(bytes.WrittenSpan).Should().Be(expected);
        var reader = new WireReader(bytes.WrittenSpan);
        UpdateTerms.Read(ref reader).Should().Be(terms);
    }
}
