using System.Buffers;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Tests.Parameters;

/// <summary>Each way of being wrong has its own name, and each name can happen.</summary>
public sealed class ParameterErrorTests
{
    private static readonly CkksParametersLiteral Valid = new() { Degree = 4096, LogModuli = [50], LogScale = 32 };

    private static readonly CkksParametersLiteral Exact =
        Valid with { Packing = CkksPacking.ExactIntegers, LogScale = 15, LargestTotalWeight = 1000 };

    public static TheoryData<ParameterError, CkksParametersLiteral> Descriptions { get; } = new()
    {
        { ParameterError.DegreeNotSupported, Valid with { Degree = 512 } },
        { ParameterError.DegreeNotSupported, Valid with { Degree = 5000 } },
        { ParameterError.DegreeNotSupported, Valid with { Degree = 65536 } },
        { ParameterError.ModulusCountNotSupported, Valid with { LogModuli = [] } },
        { ParameterError.ModulusCountNotSupported, Valid with { LogModuli = default } },
        { ParameterError.ModulusCountNotSupported, Valid with { Degree = 32768, LogModuli = [.. Enumerable.Repeat(45, 17)] } },
        { ParameterError.ModulusSizeNotSupported, Valid with { LogModuli = [51] } },
        { ParameterError.ModulusSizeNotSupported, Valid with { LogModuli = [50, 13] } },

        // 65537 is the only prime of 17 bits that is 1 modulo 65536.
        { ParameterError.NotEnoughPrimes, Valid with { Degree = 32768, LogModuli = [17, 17] } },
        { ParameterError.ScaleNotSupported, Valid with { LogScale = 13 } },
        { ParameterError.ScaleNotSupported, Valid with { LogScale = 53 } },
        { ParameterError.ScaleExceedsModulus, Valid with { LogScale = 49 } },
        { ParameterError.ScaleExceedsModulus, Valid with { LogModuli = [50, 50], LogScale = 50, Depth = 1 } },
        { ParameterError.DepthNotSupported, Valid with { Depth = 1 } },
        { ParameterError.DepthNotSupported, Valid with { Depth = -1 } },
        { ParameterError.DepthNotSupported, Valid with { LogModuli = [35, 35, 35], LogScale = 20, Depth = 2 } },
        { ParameterError.SecurityBelowRequired, Valid with { LogModuli = [50, 50, 50] } },
        { ParameterError.SecurityBelowRequired, Valid with { LogModuli = [50, 50], MinimumSecurity = SecurityLevel.Bits192 } },
        { ParameterError.SecurityBelowRequired, Valid with { Degree = 1024, LogModuli = [27], LogScale = 14 } },
        { ParameterError.SecurityBelowRequired, Valid with { LogModuli = [50, 50, 50], MinimumSecurity = SecurityLevel.None } },
        { ParameterError.SecurityBelowRequired, Valid with { Degree = 2048, LogModuli = [26, 26], RequirePostQuantum = true } },
        { ParameterError.PackingNotSupported, Valid with { Packing = (CkksPacking)4 } },
        { ParameterError.ModulusCountNotSupported, Exact with { Degree = 8192, LogModuli = [50, 50, 50] } },
        { ParameterError.ScaleNotSupported, Exact with { LogScale = 0 } },
        { ParameterError.ScaleNotSupported, Exact with { LogScale = 32 } },
        { ParameterError.DepthNotSupported, Exact with { Depth = 1 } },
        { ParameterError.TotalWeightNotSupported, Exact with { LargestTotalWeight = 0 } },
        { ParameterError.TotalWeightNotSupported, Exact with { LargestTotalWeight = (1L << 32) + 1 } },
        { ParameterError.TotalWeightNotSupported, Valid with { LargestTotalWeight = 1000 } },
        { ParameterError.TrafficNotSupported, Exact with { Traffic = (CkksTraffic)4 } },
        { ParameterError.TrafficNotSupported, Valid with { Traffic = CkksTraffic.PublicKey } },
        { ParameterError.PrecisionExceedsModulus, Exact with { LogScale = 31, LargestTotalWeight = 1 << 20 } },
        { ParameterError.PrecisionExceedsModulus, Exact with { LogModuli = [26], LargestTotalWeight = 1 << 10 } },
        { ParameterError.SecurityBelowRequired, Exact with { Degree = 1024 } },
        { ParameterError.SecurityBelowRequired, Exact with { LogModuli = [50, 50], MinimumSecurity = SecurityLevel.Bits192 } },
    };

    public static TheoryData<ParameterError, ulong[]> Moduli { get; } = new()
    {
        // The first is 1 modulo 2N like the default's prime, but composite; the second is prime, but not 1 modulo 2N.
        { ParameterError.ModulusNotPrimeOfTheRing, [0x3ffffffffc001 - 8192] },
        { ParameterError.ModulusNotPrimeOfTheRing, [1_000_003] },
        { ParameterError.ModulusRepeated, [0x3ffffffffc001, 0x3ffffffffc001] },
        { ParameterError.ModulusSizeNotSupported, [1UL << 50] },
        { ParameterError.ModulusSizeNotSupported, [ulong.MaxValue] },
        { ParameterError.ModulusSizeNotSupported, [0] },
        { ParameterError.ModulusCountNotSupported, [] },
    };

    [Theory]
    [MemberData(nameof(Descriptions))]
    public void Create_WrongDescription_IsRefusedForItsReason(ParameterError expected, CkksParametersLiteral literal)
    {
        CkksParameters.TryCreate(literal, out CkksParameters? parameters, out ParameterError reason).Should().BeFalse();

        parameters.Should().BeNull();
        reason.Should().Be(expected);
        FluentActions.Invoking(() => CkksParameters.Create(literal))
            .Should().Throw<HeParameterException>().Where(refusal => refusal.Error == expected && refusal.Message.EndsWith('.'));
    }

    [Theory]
    [MemberData(nameof(Moduli))]
    public void Read_WellFormedBytesWithWrongModuli_AreRefusedForTheirReason(ParameterError expected, ulong[] moduli)
        => FluentActions.Invoking(() => new CkksScheme().ReadParameters(BytesWith(moduli)))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(expected);

    [Fact]
    public void Read_WellFormedBytesWithTheDefaultPrime_AreTheDefaultParameters()
        => new CkksScheme().ReadParameters(BytesWith(0x3ffffffffc001)).Id.Should().Be(CkksParameters.Aggregation.Id);

    [Fact]
    public void Read_ExactIntegersWithAPlanThatBreaksItsPromise_AreRefusedForIt()
    {
        var buffer = new ArrayBufferWriter<byte>();
        CkksParameters.Create(Exact).WriteTo(buffer);

        // The last six bytes are the low bits left out, two of an upload, a seed list and a full sum; before them, the fields.
        for (int fromEnd = 1; fromEnd <= 7; fromEnd++)
        {
            byte[] bytes = buffer.WrittenSpan.ToArray();
            bytes[^fromEnd]++;

            FluentActions.Invoking(() => new CkksScheme().ReadParameters(bytes))
                .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.PrecisionExceedsModulus);
        }

        new CkksScheme().ReadParameters(buffer.WrittenSpan).Id.Should().Be(CkksParameters.Create(Exact).Id);
    }

    [Fact]
    public void CreateContext_ParametersOfAnotherScheme_NameTheReason()
        => FluentActions.Invoking(() => new CkksScheme().CreateContext(InsecurePlainParameters.Default))
            .Should().Throw<HeParameterException>().Which.Error.Should().Be(ParameterError.WrongScheme);

    [Fact]
    public void Reasons_AllOfThem_AreTested()
    {
        IEnumerable<ParameterError> tested =
        [
            ParameterError.None,
            ParameterError.WrongScheme,

            // Of another scheme, whose own tests name it.
            ParameterError.KeySizeNotSupported,

            // Of the sharing of round keys, whose own tests name it.
            ParameterError.SharingNotSupported,
            .. Descriptions.Select(row => (ParameterError)((object[])row)[0]),
            .. Moduli.Select(row => (ParameterError)((object[])row)[0]),
        ];

        tested.Distinct().Should().BeEquivalentTo(Enum.GetValues<ParameterError>());
    }

    private static ReadOnlySpan<byte> BytesWith(params ulong[] moduli)
    {
        var payload = new ArrayBufferWriter<byte>();
        var fields = new WireWriter(payload);
        fields.WriteString("ckks");
        fields.WriteInt32(4096);
        fields.WriteByte((byte)CkksPacking.Coefficients);
        fields.WriteByte(32);
        fields.WriteByte(0);
        fields.WriteByte((byte)moduli.Length);
        foreach (ulong modulus in moduli)
        {
            fields.WriteUInt64(modulus);
        }

        var bytes = new ArrayBufferWriter<byte>();
        var writer = new WireWriter(bytes);
        writer.WriteHeader(WireKind.Parameters, Digest.None, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
        return bytes.WrittenSpan;
    }
}
