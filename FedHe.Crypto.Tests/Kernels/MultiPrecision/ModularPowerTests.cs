using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.TestKit.Machines;

namespace FedHe.Crypto.Tests.Kernels.MultiPrecision;

public sealed class ModularPowerTests
{
    private const int Bits = 512;

    public static TheoryData<string> Widths()
        => [.. SupportedWidths.All.Select(width => width.ToString())];

    [Theory]
    [MemberData(nameof(Widths))]
    public void RaiseInVariableTime_AgreesWithBigInteger(string width)
    {
        var random = new System.Random(1);
        foreach (BigInteger exponent in (BigInteger[])[1, 2, 3, 4095, long.MaxValue, BigNumbers.Random(random, 200) + 1])
        {
            (SquareModulus modulus, BigInteger square, BigInteger value, AlignedArray<ulong> form) = Base(width, random);
            AlignedArray<ulong> power = new(modulus.GroupLength);
            ModularPower.RaiseInVariableTime(modulus, form, BigNumbers.ToWords(exponent, 4), power, new MontgomeryScratch(modulus));
            FromMontgomery(modulus, power).Should().Equal(Repeat(modulus, BigInteger.ModPow(value, exponent, square)));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void RaiseToSecret_AgreesWithBigInteger(string width)
    {
        var random = new System.Random(2);
        BigInteger all = (BigInteger.One << 192) - 1;
        foreach (BigInteger exponent in (BigInteger[])[0, 1, 31, 32, all, BigNumbers.Random(random, 192)])
        {
            (SquareModulus modulus, BigInteger square, BigInteger value, AlignedArray<ulong> form) = Base(width, random);
            AlignedArray<ulong> power = new(modulus.GroupLength);
            AlignedArray<ulong> table = new(ModularPower.TableGroups * modulus.GroupLength);
            ModularPower.RaiseToSecret(
                modulus, form, BigNumbers.ToWords(exponent, 3), table, power, new MontgomeryScratch(modulus));
            FromMontgomery(modulus, power).Should().Equal(Repeat(modulus, BigInteger.ModPow(value, exponent, square)));
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void FixedBaseComb_GivesEachNumberItsOwnPower(string width)
    {
        const int ExponentWords = 4;
        var random = new System.Random(3);
        (SquareModulus modulus, BigInteger square, BigInteger value, AlignedArray<ulong> form) = Base(width, random);
        var comb = new FixedBaseComb(modulus, form, ExponentWords * 64);
        for (int round = 0; round < 3; round++)
        {
            BigInteger[] exponents =
            [
                .. Enumerable.Range(0, modulus.Lanes).Select(_ => BigNumbers.Random(random, ExponentWords * 64)),
            ];
            exponents[0] = round == 0 ? 0 : round == 1 ? (BigInteger.One << (ExponentWords * 64)) - 1 : exponents[0];
            ulong[] words = [.. exponents.SelectMany(exponent => BigNumbers.ToWords(exponent, ExponentWords))];
            AlignedArray<ulong> power = new(modulus.GroupLength);
            comb.Raise(words, new AlignedArray<ulong>(modulus.GroupLength), power, new MontgomeryScratch(modulus));
            FromMontgomery(modulus, power).Should().Equal(exponents.Select(exponent => BigInteger.ModPow(value, exponent, square)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public void MaskedSelection_GivesTheEntry(int index)
    {
        ulong[] table = [.. Enumerable.Range(0, 8 * 19).Select(i => (ulong)i * 0x9E3779B97F4A7C15)];
        var entry = new ulong[19];
        MaskedSelection.Select(table, index, entry);
        entry.Should().Equal(table[(index * 19)..((index + 1) * 19)]);
    }

    private static (SquareModulus Modulus, BigInteger Square, BigInteger Value, AlignedArray<ulong> Form) Base(
        string width, System.Random random)
    {
        BigInteger n = BigNumbers.RandomModulus(random, Bits);
        BigInteger value = BigNumbers.Random(random, Bits) % n;
        SquareModulus modulus = SquareModulus.Create(BigNumbers.ToBytes(n, Bits / 8), Enum.Parse<LaneWidth>(width), radixPowers: 2);
        AlignedArray<ulong> form = new(modulus.GroupLength);
        modulus.Broadcast(BigNumbers.ToWords(value, Bits / 64), form);
        modulus.Multiply(form, modulus.RadixPower(2), form, new MontgomeryScratch(modulus));
        return (modulus, n * n, value, form);
    }

    private static BigInteger[] FromMontgomery(SquareModulus modulus, AlignedArray<ulong> form)
    {
        modulus.FromMontgomery(form, form, new MontgomeryScratch(modulus));
        modulus.Expand(form, form);
        var square = BigInteger.Pow(BigNumbers.FromWords(modulus.Modulus), 2);
        var words = new ulong[(2 * modulus.Modulus.Length) + 1];
        return
        [
            .. Enumerable.Range(0, modulus.Lanes).Select(lane =>
            {
                modulus.Export(form, 2 * modulus.Limbs, lane, words);
                return BigNumbers.FromWords(words) % square;
            }),
        ];
    }

    private static IEnumerable<BigInteger> Repeat(SquareModulus modulus, BigInteger value)
        => Enumerable.Repeat(value, modulus.Lanes);
}
