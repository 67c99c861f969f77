using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using FedHe.Crypto.Authoring;
using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.BitPacking;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Encryption;
using FedHe.Crypto.KeyAdditive.Keys;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Ring;
using FedHe.Crypto.KeyAdditive.Vectors;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Random;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Tests.Random;

namespace FedHe.Crypto.Tests.KeyAdditive;

/// <summary>Plans, parameters and sums at the edges of what is accepted keep every promise.</summary>
public sealed class KeyAdditiveExtremesTests
{
    private const int DegreeOffset = WireHeader.SizeInBytes + sizeof(ushort) + 12;
    private const int ModulusOffset = DegreeOffset + sizeof(int);
    private const int KeptBitsOffset = ModulusOffset + sizeof(ulong);
    private const int MaxContributorsOffset = KeptBitsOffset + 1;
    private const int ScaleOffset = MaxContributorsOffset + sizeof(int) + 2;

    private static readonly int[] Contributors =
        [2, 3, 4, 5, 7, 8, 10, 16, 17, 40, 41, 63, 64, 65, 100, 128, 255, 1000, 1024, 1025, 4096, 5000, 12000, 16383, 16384];

    private static readonly (KeyAdditiveParameters Plan, string Because)[] Plans = [.. CreatePlans()];

    [Theory]
    [InlineData(SecurityLevel.None)]
    [InlineData(SecurityLevel.Bits112)]
    [InlineData((SecurityLevel)129)]
    public void Plan_BelowTheLeastSecurity_IsRefused(SecurityLevel level)
        => FluentActions.Invoking(() => KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(10, 30) { SecurityLevel = level }))
            .Should().Throw<ArgumentException>("no parameters have less than 128 bits");

    [Fact]
    public void Plans_OfEveryRequirement_AreSecureAndSurviveTheWire()
    {
        foreach ((KeyAdditiveParameters plan, string because) in Plans)
        {
            plan.SecurityLevel.Should().BeOneOf([SecurityLevel.Bits128, SecurityLevel.Bits192], because);
            KeyAdditiveParameters.Read(BytesOf(plan)).Id.Should().Be(plan.Id, because);
            (plan.MaxContributors * (Math.ScaleB(1, plan.KeptBits) - 1)).Should().BeLessThan(Math.ScaleB(1, 49), because);
        }
    }

    [Fact]
    public void Plans_AtTheEdgeOfTheirNoise_DecodeRightly()
    {
        // The extreme sums, with the noise that the plan allows on either side, never wrap around and stay in the bound.
        foreach ((KeyAdditiveParameters plan, string because) in Plans)
        {
            var ring = new KeyAdditiveRing(plan, maxDegreeOfParallelism: 1);
            double[] values = new double[plan.ValuesPerCiphertext];
            var coefficients = new long[plan.Degree];
            VectorBound bound = KeyAdditiveVector.BoundOf(plan, plan.MaxContributors);
            double rounding = plan.MaxContributors * KeyAdditiveNoise.EncodingError;
            var noise = (long)(plan.Noise.BoundOfSum(plan.MaxContributors) - rounding);
            foreach (double extreme in (double[])[1, -1, 0.999999, -1.0 / 3])
            {
                Array.Fill(values, extreme);
                values[0] = -extreme;
                ring.Packing.Encode(values, coefficients);
                foreach (int sign in (int[])[1, 0, -1])
                {
                    double[] opened =
                        [.. coefficients.Select(c => Center(((Int128)c * plan.MaxContributors) + (sign * noise), plan.Modulus))];
                    var decoded = new double[values.Length];
                    ring.Packing.Decode(opened, decoded);
                    double exact = plan.ValueEncoding == KeyAdditiveEncoding.ExactIntegers
                        ? plan.MaxContributors * (Math.Round(extreme * plan.Scale) / plan.Scale)
                        : plan.MaxContributors * extreme;
                    double allowed = plan.ValueEncoding == KeyAdditiveEncoding.ExactIntegers ? 0 : bound.ErrorBound;
                    decoded.Skip(1).Max(value => Math.Abs(value - exact)).Should().BeLessThanOrEqualTo(allowed, because);
                    Math.Abs(decoded[0] + exact).Should().BeLessThanOrEqualTo(allowed, because);
                    VectorGuard.Fits(plan, bound).Should().BeTrue(because);
                }
            }
        }
    }

    [Fact]
    public void Windows_OfEveryPlan_HoldTheSumsOfUniformCiphertexts()
    {
        // Small moduli lie far below their power of two: 12289 is three quarters of 2^14.
        foreach ((KeyAdditiveParameters plan, string because) in Plans)
        {
            foreach (int contributors in Contributors.Where(count => count <= plan.MaxContributors))
            {
                if (SumRange.Window(plan, contributors) is not SumRange window)
                {
                    continue;
                }

                // The kept number of a uniform ciphertext: u = floor(q/2^t) has fewer preimages than the others.
                double last = plan.Modulus >> plan.DroppedBits;
                double step = Math.ScaleB(1, plan.DroppedBits);
                double whole = last * step / plan.Modulus;
                double mean = (whole * (last - 1) / 2) + ((1 - whole) * last);
                double square = (whole * (last - 1) * ((2 * last) - 1) / 6) + ((1 - whole) * last * last);
                double reach = SumRange.WindowDeviations * Math.Sqrt(contributors * (square - (mean * mean)));
                ((double)window.Least).Should().BeLessThan((contributors * mean) - (0.99 * reach), because);
                ((double)window.Least + window.Count).Should().BeGreaterThan((contributors * mean) + (0.99 * reach), because);
                (window.Least + window.Count).Should().BeLessThanOrEqualTo(SumRange.Full(plan, contributors).Count, because);
                window.Width.Should().BeLessThan(SumRange.Full(plan, contributors).Width, because);
            }
        }
    }

    [Fact]
    public void Sum_UnderASmallModulus_HasThePlannedLength()
    {
        // The largest prime of 17 bits is seven eighths of 2^17: no plan takes it, but parameters that arrive may have it.
        var context = new KeyAdditiveContext(
            KeyAdditiveParameters.FixedPoint(degree: 2048, modulus: 0x1c001, keptBits: 12, maxContributors: 5000)!);
        using var attempt = new KeyAdditiveAttempt(context);
        using var sum = context.Public.Evaluator.CreateAccumulator(8);
        for (int i = 0; i < 5000; i++)
        {
            using RoundKey key = context.GenerateRoundKey(attempt.Seed);
            using EncryptedVector upload = context.CreateEncryptor(key).Encrypt(new double[8], maxAbs: 1);
            sum.Add(upload);
        }

        using EncryptedVector complete = sum.Complete();
        complete.EncodedLength.Should().Be((int)context.Public.EncodedLength(8, VectorForm.Full, 5000));
        ((KeyAdditiveVector)complete).Range.Should().Be(SumRange.Window(context.Parameters, 5000)!.Value);
    }

    [Theory]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    [InlineData(16384, false)]
    public void Read_OfParametersWhoseRestoredSumsExceed62Bits_IsRefused(int contributors, bool isAccepted)
    {
        byte[] bytes = Crafted(modulus: 0x3ffffffffc001, keptBits: 20, contributors, scale: 1L << 30);
        if (!isAccepted)
        {
            FluentActions.Invoking(() => KeyAdditiveParameters.Read(bytes)).Should().Throw<HeParameterException>();
            return;
        }

        // The largest sum there is, opened with the key sum 0.
        KeyAdditiveParameters parameters = KeyAdditiveParameters.Read(bytes);
        var context = new KeyAdditiveContext(parameters);
        using RoundKeySum key = context.CreateKeySum(default, contributors, new long[parameters.Degree]);
        SumRange range = SumRange.Full(parameters, contributors);
        var coefficients = new PackedCoefficients(parameters, 1, range);
        using var vector = new KeyAdditiveVector(parameters, key.KeyId, parameters.Degree, position: 0, contributors, coefficients);
        ulong[] sums = new ulong[parameters.Degree];
        Array.Fill(sums, range.Count - 1);
        BitPackingKernel.Default.Pack(sums, range.Width, coefficients.Room(0));
        var opened = new double[parameters.Degree];
        context.CreateDecryptor(key).Decrypt(vector, opened);
        Int128 exact = ((Int128)(range.Count - 1) << parameters.DroppedBits)
            + ((Int128)contributors * ((1L << parameters.DroppedBits) - 1) / 2);
        opened.Should().OnlyContain(value => value == Center(exact, parameters.Modulus) / parameters.Scale);
    }

    [Fact]
    public void Read_OfCraftedParameters_IsRefusedOrDecodesRightly()
    {
        foreach (ulong modulus in (ulong[])[0x3001, 0xf001, 0x7ffe9001, 0xfffffd001])
        {
            for (int kept = 0; kept <= 51; kept++)
            {
                foreach (int contributors in (int[])[2, 3, 1000, 16384])
                {
                    for (int logScale = 0; logScale < 63; logScale += 3)
                    {
                        byte[] bytes = Crafted(modulus, kept, contributors, 1L << logScale);
                        try
                        {
                            var read = KeyAdditiveParameters.Read(bytes);
                            BytesOf(read).Should().Equal(bytes);
                            VectorGuard.Fits(read, KeyAdditiveVector.BoundOf(read, contributors)).Should().BeTrue();
                            (BitOperations.Log2((ulong)contributors) + read.KeptBits + read.DroppedBits).Should().BeLessThanOrEqualTo(62);
                        }
                        catch (HeParameterException)
                        {
                            // A typed refusal is the other promised outcome.
                        }
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(47, 1L << 40)]
    [InlineData(12, 1L << 47)]
    [InlineData(3, 1L << 46)]
    public void Sum_UnderCraftedParameters_HoldsItsBound(int keptBits, long scale)
    {
        var context = new KeyAdditiveContext(KeyAdditiveParameters.Read(
            Crafted(modulus: 0x3ffffffffc001, keptBits, contributors: 3, scale)));
        using var attempt = new KeyAdditiveAttempt(context);
        double[] values = [1, -1, 0.3, -0.7, 0];
        for (int i = 0; i < 3; i++)
        {
            attempt.Upload(values);
        }

        using EncryptedVector sum = attempt.Sum();
        using EncryptedVector received = attempt.Send(sum);
        attempt.Open(received).Zip(values, (opened, value) => Math.Abs(opened - (3 * value)))
            .Max().Should().BeLessThanOrEqualTo(sum.Bound.ErrorBound);
    }

    [Fact]
    public void Key_DisposedWhileItEncrypts_EncryptsTheWholeVector()
    {
        KeyAdditiveParameters parameters = KeyAdditiveAttempt.ContextFor(2, 24).Parameters;
        var ring = new KeyAdditiveRing(parameters, maxDegreeOfParallelism: 1);
        var context = new KeyAdditiveContext(parameters);
        Digest seed = Digest.Compute("attempt"u8);
        RoundKey first = RoundKey.Generate(ring, seed, RandomSource.System);
        using RoundKey second = context.GenerateRoundKey(seed);
        using RoundKeySum sum = context.CreateKeySum(seed, 2, KeyAdditiveAttempt.SumOf([first, second]));
        double[] values = [.. Enumerable.Range(0, 10_000).Select(i => i / 10_000.0)];
        using EncryptedVector left = new KeyAdditiveEncryptor(ring, first, new DisposingRandomSource(first)).Encrypt(values, maxAbs: 1);
        using EncryptedVector right = context.CreateEncryptor(second).Encrypt(values, maxAbs: 1);
        using EncryptedVector both = context.Public.Evaluator.Add(left, right);
        var opened = new double[values.Length];
        context.CreateDecryptor(sum).Decrypt(both, opened);
        opened.Zip(values, (value, half) => Math.Abs(value - (2 * half))).Max().Should().BeLessThan(both.Bound.ErrorBound);
        first.Polynomial.Coefficients.ToArray().Should().OnlyContain(coefficient => coefficient == 0, "the end of the operation zeroes it");
    }

    private static IEnumerable<(KeyAdditiveParameters Plan, string Because)> CreatePlans()
    {
        foreach (KeyAdditiveEncoding encoding in Enum.GetValues<KeyAdditiveEncoding>())
        {
            foreach (int contributors in Contributors)
            {
                for (int precision = KeyAdditiveRequirements.LeastPrecisionBits; precision <= 32; precision++)
                {
                    var requirements = new KeyAdditiveRequirements(contributors, precision) { Encoding = encoding };
                    if (KeyAdditivePlanner.Plan(requirements) is { } plan)
                    {
                        yield return (plan, $"{encoding} of {precision} bits for {contributors} contributors");
                    }
                }
            }
        }
    }

    private static double Center(Int128 value, ulong modulus)
    {
        Int128 residue = ((value % modulus) + modulus) % modulus;
        return (double)(residue > modulus / 2 ? residue - modulus : residue);
    }

    private static byte[] Crafted(ulong modulus, int keptBits, int contributors, long scale)
    {
        byte[] bytes = BytesOf(KeyAdditiveAttempt.ContextFor(10, 16).Parameters);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(DegreeOffset), modulus >> 40 == 0 ? 2048 : 4096);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(ModulusOffset), modulus);
        bytes[KeptBitsOffset] = (byte)keptBits;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(MaxContributorsOffset), contributors);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(ScaleOffset), scale);
        return bytes;
    }

    private static byte[] BytesOf(KeyAdditiveParameters parameters)
    {
        var buffer = new ArrayBufferWriter<byte>();
        parameters.WriteTo(buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A source that disposes a key in the middle of the encryption that draws from it.</summary>
    private sealed class DisposingRandomSource(RoundKey key) : UnhedgedRandomSource
    {
        public override void Fill(Span<byte> destination)
        {
            key.Dispose();
            RandomSource.System.Fill(destination);
        }
    }
}
