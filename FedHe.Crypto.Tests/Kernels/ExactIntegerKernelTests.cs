using System.Numerics;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Tests.Kernels;

/// <summary>Fields in coefficients against arithmetic in big integers.</summary>
public sealed class ExactIntegerKernelTests
{
    private const int Degree = 64;
    private const ulong Prime = 0x3ffffffffc001;

    public static TheoryData<ulong, int, int> Shapes { get; } = new()
    {
        // Prime, bits of a field, fields.
        { Prime, 10, 4 },
        { Prime, 20, 2 },
        { Prime, 26, 1 },
        { Prime, 47, 1 },
        { Prime, 3, 15 },
        { 0x3fff801, 4, 3 },
        { 0x3fff801, 2, 1 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Encode_OfAnyFields_IsTheRoundedMultipleOfThePrime(ulong prime, int fieldBits, int fields)
    {
        long[] values = RandomFields(fieldBits, fields);
        long[] coefficients = Encode(values, new ExactFields(prime, fieldBits, fields));

        BigInteger modulus = BigInteger.One << (fieldBits * fields);
        for (int i = 0; i < Degree; i++)
        {
            // round(m*p/T), halves upwards.
            coefficients[i].Should().Be((long)(((2 * Plaintext(values, i, fieldBits) * prime) + modulus) / (2 * modulus)));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Decode_OfEncodedFieldsWithTheLargestNoise_GivesTheFieldsBack(ulong prime, int fieldBits, int count)
    {
        long[] values = RandomFields(fieldBits, count);
        var fields = new ExactFields(prime, fieldBits, count);
        long[] coefficients = Encode(values, fields);

        // Half a unit, less the half that encoding has rounded by.
        long noise = (long)(Math.ScaleB(prime, -fields.LogPlaintextModulus - 1) - 0.5);
        foreach (long added in (ReadOnlySpan<long>)[0, noise, -noise, noise / 2])
        {
            double[] noisy = [.. coefficients.Select(value => Center(value + added, prime))];
            var decoded = new double[values.Length];

            ExactIntegerKernel.Default.Decode(noisy, inverseScale: 1, fields, decoded);

            decoded.Should().Equal(values.Select(value => (double)value), $"noise of {added} rounds away");
        }
    }

    [Fact]
    public void Decode_AroundHalfAUnit_RoundsToTheNearestInteger()
    {
        double half = Math.ScaleB(Prime, -21);
        var decoded = new double[4];

        ExactIntegerKernel.Default.Decode(
            [Math.Floor(half), Math.Ceiling(half), -Math.Floor(half), -Math.Ceiling(half)], inverseScale: 1, new ExactFields(Prime, 20, 1), decoded);

        decoded.Should().Equal(0, 1, 0, -1);
    }

    [Fact]
    public void Packing_OfFewValues_UsesTheFirstFieldsOnly()
    {
        var packing = new ExactIntegerPacking(Degree, logScale: 7, new ExactFields(Prime, FieldBits: 12, Count: 3));
        double[] values = [.. Enumerable.Range(0, Degree + 3).Select(i => (i - 30) / 128.0)];
        double[] scratch = [.. values, .. new double[(3 * Degree) - values.Length]];
        var coefficients = new long[Degree];
        packing.Encode(scratch, coefficients);
        var decoded = new double[values.Length];

        packing.Decode([.. coefficients.Select(value => Center(value, Prime))], decoded);

        decoded.Should().Equal(values);
        packing.ValuesPerPolynomial.Should().Be(3 * Degree);
    }

    private static long[] Encode(long[] values, ExactFields fields)
    {
        var coefficients = new long[Degree];
        ExactIntegerKernel.Default.Encode([.. values.Select(value => (double)value)], scale: 1, fields, coefficients);
        return coefficients;
    }

    private static BigInteger Plaintext(long[] values, int index, int fieldBits)
    {
        int fields = values.Length / Degree;
        BigInteger sum = 0;
        for (int field = 0; field < fields; field++)
        {
            sum += (BigInteger)values[(field * Degree) + index] << (field * fieldBits);
        }

        BigInteger modulus = BigInteger.One << (fields * fieldBits);
        return ((sum % modulus) + modulus) % modulus;
    }

    private static double Center(long value, ulong prime)
    {
        long p = (long)prime;
        long residue = ((value % p) + p) % p;
        return residue > p / 2 ? residue - p : residue;
    }

    private static long[] RandomFields(int fieldBits, int fields)
    {
        var random = new System.Random(fieldBits + fields);
        long half = 1L << (fieldBits - 1);
        return [.. Enumerable.Range(0, Degree * fields).Select(i => (i % 7) switch
        {
            0 => -half,
            1 => half - 1,
            2 => 0,
            _ => random.NextInt64(-half, half),
        })];
    }
}
