using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels.MultiPrecision;

public sealed class SquareModulusTests
{
    private const int Seed = 20261121;

    /// <summary>Every width of this machine, with moduli around the sizes of keys and of their primes.</summary>
    public static TheoryData<string, int> WidthsAndBits()
    {
        var data = new TheoryData<string, int>();
        foreach (LaneWidth width in SupportedWidths.All)
        {
            foreach (int bits in (int[])[128, 1024, 1536, 2048, 3072, 4096])
            {
                data.Add(width.ToString(), bits);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void RadixPowers_AreThePowersOfR(string width, int bits)
    {
        var group = new Groups(width, bits, Seed);
        for (int exponent = 1; exponent <= 5; exponent++)
        {
            group.Values(group.Modulus.RadixPower(exponent))
                .Should().OnlyContain(value => value == BigInteger.ModPow(group.Radix, exponent, group.Square));
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Multiply_AgreesWithBigInteger(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 1);
        for (int round = 0; round < 8; round++)
        {
            (BigInteger[] left, BigInteger[] right) = (group.Random(), group.Random());
            AlignedArray<ulong> result = group.Allocate();
            group.Modulus.Multiply(group.Pairs(left), group.Pairs(right), result, group.Scratch);
            group.Values(result).Should().Equal(left.Zip(right, (x, y) => group.Reduce(x * y)));
            group.ShouldBeBelow(result, 2);
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Square_AgreesWithMultiply_AlsoInPlace(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 2);
        for (int round = 0; round < 8; round++)
        {
            BigInteger[] values = group.Random();
            AlignedArray<ulong> pairs = group.Pairs(values);
            group.Modulus.Square(pairs, pairs, group.Scratch);
            group.Values(pairs).Should().Equal(values.Select(x => group.Reduce(x * x)));
            group.Modulus.Multiply(pairs, pairs, pairs, group.Scratch);
            group.Values(pairs).Should().Equal(values.Select(x => group.Reduce(group.Reduce(x * x) * group.Reduce(x * x))));
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Multiply_OfSumsThatWereNotReduced_StaysInBounds(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 3);
        BigInteger[] values = group.Random();
        AlignedArray<ulong> sum = group.Pairs(values);
        for (int doubling = 0; doubling < 4; doubling++)
        {
            group.Modulus.Add(sum, sum, sum);
        }

        group.Modulus.Multiply(sum, sum, sum, group.Scratch);
        group.Values(sum).Should().Equal(values.Select(x => group.Reduce(256 * x * x)));
        group.ShouldBeBelow(sum, 2);
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void LeaveAndExpand_OfMontgomeryForm_GivesTheInteger(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 4);
        BigInteger[] values = group.Random();
        AlignedArray<ulong> pairs = group.Pairs(values.Select(x => x * group.Radix % group.Square));
        group.Modulus.FromMontgomery(pairs, pairs, group.Scratch);
        group.Modulus.Expand(pairs, pairs);
        group.Integers(pairs).Select(x => x % group.Square).Should().Equal(values);
        group.Integers(pairs).Should().OnlyContain(x => x < 2 * group.Square);
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Enter_DividesByR(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 5);
        BigInteger[] values = group.Random();
        AlignedArray<ulong> integers = group.Allocate();
        group.Import(values, integers);
        group.Modulus.MontgomeryReduce(integers, integers, group.Scratch);
        group.Values(integers).Should().Equal(values.Select(group.Reduce));
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Residues_AgreeWithBigInteger(string width, int bits)
    {
        var group = new Groups(width, bits, Seed + 6);
        BigInteger[][] values = [.. Enumerable.Range(0, 4).Select(_ => group.Random().Select(x => x % group.N).ToArray())];
        ulong[][] residues = [.. values.Select(x => group.Pairs(x).Span[..group.Modulus.ResidueLength].ToArray())];
        var result = new ulong[group.Modulus.ResidueLength];

        group.Modulus.MultiplyResidues(residues[0], residues[1], result, group.Scratch);
        group.Residues(result).Should().Equal(values[0].Zip(values[1], (x, y) => group.ReduceResidue(x * y)));

        group.Modulus.MultiplyAddResidues(residues[0], residues[1], residues[2], residues[3], result, group.Scratch);
        group.Residues(result).Should().Equal(Enumerable.Range(0, group.Modulus.Lanes).Select(
            i => group.ReduceResidue((values[0][i] * values[1][i]) + (values[2][i] * values[3][i]))));

        AlignedArray<ulong> integers = group.Allocate();
        group.Modulus.MultiplyIntegers(residues[0], residues[1], integers);
        group.Integers(integers).Should().Equal(values[0].Zip(values[1], (x, y) => x * y));

        group.Modulus.ReduceIntegers(integers, result, group.Scratch);
        group.Residues(result).Should().Equal(values[0].Zip(values[1], (x, y) => group.ReduceResidue(x * y)));
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void SelectSingles_GivesEachNumberItsOwnEntry(string width, int bits)
    {
        const int Entries = 16;
        var group = new Groups(width, bits, Seed + 7);
        var random = new System.Random(Seed);
        int length = 2 * group.Modulus.Limbs;
        ulong[] table = [.. Enumerable.Range(0, Entries * length).Select(_ => (ulong)random.NextInt64())];
        int[] indices = [.. Enumerable.Range(0, group.Modulus.Lanes).Select(_ => random.Next(Entries))];
        AlignedArray<ulong> chosen = group.Allocate();
        group.Modulus.SelectSingles(table, Entries, indices, chosen);
        for (int i = 0; i < chosen.Length; i++)
        {
            int lane = i % group.Modulus.Lanes;
            chosen.Span[i].Should().Be(table[(indices[lane] * length) + (i / group.Modulus.Lanes)]);
        }
    }

    [Fact]
    public void Create_ModulusWhoseSumsCouldOverflow_IsRefused()
    {
        var modulus = new byte[20480 / 8];
        modulus.AsSpan().Fill(byte.MaxValue);
        foreach (LaneWidth width in SupportedWidths.All)
        {
            FluentActions.Invoking(() => SquareModulus.Create(modulus, width, radixPowers: 2))
                .Should().Throw<ArgumentOutOfRangeException>();
        }
    }

    [Theory]
    [MemberData(nameof(WidthsAndBits))]
    public void Operations_OfLargestLimbs_DoNotOverflow(string width, int bits)
    {
        // n of ones alone; numbers just below n^2 have limbs as large as they can be.
        BigInteger n = (BigInteger.One << bits) - 1;
        var group = new Groups(width, n);
        BigInteger[] values = [.. Enumerable.Repeat((n * n) - 1, group.Modulus.Lanes)];
        AlignedArray<ulong> pairs = group.Pairs(values);
        group.Modulus.Multiply(pairs, group.Pairs(values), pairs, group.Scratch);
        group.Values(pairs).Should().OnlyContain(value => value == group.Reduce(1));
        group.Modulus.Square(group.Pairs(values), pairs, group.Scratch);
        group.Values(pairs).Should().OnlyContain(value => value == group.Reduce(1));
    }

    [Fact]
    public void Dispose_ZeroesTheModulusAndItsPowers()
    {
        var group = new Groups(nameof(LaneWidth.Specification), 1024, Seed + 8);
        group.Modulus.Dispose();
        group.Modulus.Modulus.Span.ToArray().Should().OnlyContain(word => word == 0);
        group.Modulus.RadixPower(2).ToArray().Should().OnlyContain(word => word == 0);
    }

    /// <summary>A modulus with its groups as big integers.</summary>
    private sealed class Groups
    {
        private readonly System.Random _random;
        private readonly int _words;
        private readonly BigInteger _radixInverse;

        public Groups(string width, int bits, int seed)
            : this(width, BigNumbers.RandomModulus(new System.Random(seed), bits), seed)
        {
        }

        public Groups(string width, BigInteger n, int seed = 0)
        {
            _random = new System.Random(seed + 1000);
            N = n;
            Square = N * N;
            Modulus = SquareModulus.Create(BigNumbers.ToBytes(N, (int)N.GetBitLength() / 8), Enum.Parse<LaneWidth>(width), radixPowers: 5);
            Scratch = new MontgomeryScratch(Modulus);
            Radix = BigInteger.One << (Modulus.Limbs * Modulus.LogRadix);
            _radixInverse = BigNumbers.Inverse(Radix, Square);
            _words = (2 * Modulus.Modulus.Length) + 4;
        }

        public SquareModulus Modulus { get; }

        public MontgomeryScratch Scratch { get; }

        public BigInteger N { get; }

        public BigInteger Square { get; }

        public BigInteger Radix { get; }

        public AlignedArray<ulong> Allocate() => new(Modulus.GroupLength);

        public BigInteger[] Random()
            => [.. Enumerable.Range(0, Modulus.Lanes).Select(_ => BigNumbers.Random(_random, 2 * Modulus.Modulus.Length * 64) % Square)];

        public BigInteger Reduce(BigInteger product) => product * _radixInverse % Square;

        public BigInteger ReduceResidue(BigInteger product) => product * (_radixInverse % N) % N;

        public void Import(BigInteger[] values, AlignedArray<ulong> integers)
        {
            for (int lane = 0; lane < values.Length; lane++)
            {
                Modulus.Import(BigNumbers.ToWords(values[lane], _words), 0, 2 * Modulus.Limbs, lane, integers);
            }
        }

        public AlignedArray<ulong> Pairs(IEnumerable<BigInteger> values)
        {
            AlignedArray<ulong> pairs = Allocate();
            int lane = 0;
            foreach (BigInteger value in values)
            {
                Modulus.Import(BigNumbers.ToWords(value % N, _words), 0, Modulus.Limbs, lane, pairs);
                Modulus.Import(
                    BigNumbers.ToWords(value / N, _words), 0, Modulus.Limbs, lane, pairs.Span[Modulus.ResidueLength..]);
                lane++;
            }

            return pairs;
        }

        public BigInteger[] Values(ReadOnlySpan<ulong> pairs)
        {
            BigInteger[] quotients = Numbers(pairs[Modulus.ResidueLength..], Modulus.Limbs);
            return [.. Numbers(pairs, Modulus.Limbs).Zip(quotients, (x0, x1) => (x0 + (x1 * N)) % Square)];
        }

        public BigInteger[] Residues(ReadOnlySpan<ulong> residues)
            => [.. Numbers(residues, Modulus.Limbs).Select(x => x % N)];

        public BigInteger[] Integers(ReadOnlySpan<ulong> integers) => Numbers(integers, 2 * Modulus.Limbs);

        public void ShouldBeBelow(AlignedArray<ulong> pairs, int multiple)
        {
            Numbers(pairs, Modulus.Limbs).Should().OnlyContain(x => x < multiple * N);
            Numbers(pairs.Span[Modulus.ResidueLength..], Modulus.Limbs).Should().OnlyContain(x => x < multiple * N);
        }

        private BigInteger[] Numbers(ReadOnlySpan<ulong> group, int limbs)
        {
            var numbers = new BigInteger[Modulus.Lanes];
            var words = new ulong[_words];
            for (int lane = 0; lane < numbers.Length; lane++)
            {
                Modulus.Export(group, limbs, lane, words);
                numbers[lane] = BigNumbers.FromWords(words);
            }

            return numbers;
        }
    }
}
