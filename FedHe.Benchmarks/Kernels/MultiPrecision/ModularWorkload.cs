using System.Numerics;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Benchmarks.Kernels.MultiPrecision;

/// <summary>
/// A modular workload runs the arithmetic of Paillier with a key of 3072 bits at one lane width, where every operation
/// handles <see cref="Numbers"/> numbers.
/// </summary>
internal sealed class ModularWorkload
{
    /// <summary>The number of numbers in one operation, a multiple of every group's size.</summary>
    public const int Numbers = 8;

    private const int KeyBits = 3072;
    private const int RadixPowers = 3;

    private readonly SquareModulus _modulus;
    private readonly SquareModulus _prime;
    private readonly SquareModulus _wide;
    private readonly MontgomeryScratch _scratch;
    private readonly MontgomeryScratch _primeScratch;
    private readonly MontgomeryScratch _wideScratch;
    private readonly FixedBaseComb _comb;
    private readonly AlignedArray<ulong> _left;
    private readonly AlignedArray<ulong> _right;
    private readonly AlignedArray<ulong> _chosen;
    private readonly AlignedArray<ulong> _wideLeft;
    private readonly AlignedArray<ulong> _primePower;
    private readonly AlignedArray<ulong> _table;
    private readonly ulong[] _exponents;
    private readonly BigInteger _square;
    private readonly BigInteger _bigLeft;
    private readonly BigInteger _bigRight;
    private readonly BigInteger _primeSquare;
    private readonly BigInteger _primeExponent;
    private readonly BigInteger _combExponent;

    public ModularWorkload(LaneWidth width)
    {
        var random = new Random(1);
        byte[] modulus = OddNumber(random, KeyBits);
        byte[] prime = OddNumber(random, KeyBits / 2);
        byte[] wide = OddNumber(random, 2 * KeyBits);
        _modulus = SquareModulus.Create(modulus, width, RadixPowers);
        _prime = SquareModulus.Create(prime, width, RadixPowers);
        _wide = SquareModulus.Create(wide, width, RadixPowers);
        _scratch = new MontgomeryScratch(_modulus);
        _primeScratch = new MontgomeryScratch(_prime);
        _wideScratch = new MontgomeryScratch(_wide);
        _left = new AlignedArray<ulong>(_modulus.RadixPower(2));
        _right = new AlignedArray<ulong>(_modulus.RadixPower(3));
        _chosen = new AlignedArray<ulong>(_modulus.GroupLength);
        _wideLeft = new AlignedArray<ulong>(_wide.RadixPower(2)[.._wide.ResidueLength]);
        _primePower = new AlignedArray<ulong>(_prime.GroupLength);
        _table = new AlignedArray<ulong>(ModularPower.TableGroups * _prime.GroupLength);
        _comb = new FixedBaseComb(_modulus, _right, KeyBits / 2);
        _exponents = new ulong[_modulus.Lanes * KeyBits / 2 / 64];
        for (int i = 0; i < _exponents.Length; i++)
        {
            _exponents[i] = (ulong)random.NextInt64();
        }

        BigInteger n = Number(modulus);
        _square = n * n;
        _primeSquare = BigInteger.Pow(Number(prime), 2);
        _primeExponent = Number(prime) - 1;
        _bigLeft = Number(OddNumber(random, 2 * KeyBits)) % _square;
        _bigRight = Number(OddNumber(random, 2 * KeyBits)) % _square;
        _combExponent = Number(OddNumber(random, KeyBits / 2));
    }

    /// <summary>Computes products modulo n^2, of 6144 bits.</summary>
    public void Multiply() => ForEachGroup(() => _modulus.Multiply(_left, _right, _left, _scratch));

    /// <summary>Computes squares modulo n^2.</summary>
    public void Square() => ForEachGroup(() => _modulus.Square(_left, _left, _scratch));

    /// <summary>Computes Montgomery products modulo numbers of 6144 bits that are not squares.</summary>
    public void MultiplyWide() => ForEachGroup(() => _wide.MultiplyResidues(_wideLeft, _wideLeft, _wideLeft, _wideScratch));

    /// <summary>Computes powers of one base to exponents of 1536 bits modulo n^2, as the randomness of ciphertexts
    /// needs.</summary>
    public void RaiseFixedBase() => ForEachGroup(() => _comb.Raise(_exponents, _chosen, _left, _scratch));

    /// <summary>Computes powers to a secret exponent of 1536 bits modulo p^2, which is half of a decryption.</summary>
    public void RaiseToSecret() => ForEachGroup(() => ModularPower.RaiseToSecret(
        _prime, _prime.RadixPower(2), _prime.Modulus, _table, _primePower, _primeScratch));

    public BigInteger BigIntegerMultiply() => _bigLeft * _bigRight % _square;

    public BigInteger BigIntegerSquare() => _bigLeft * _bigLeft % _square;

    public BigInteger BigIntegerFixedBase() => BigInteger.ModPow(_bigLeft, _combExponent, _square);

    public BigInteger BigIntegerPower() => BigInteger.ModPow(_bigLeft, _primeExponent, _primeSquare);

    private static byte[] OddNumber(Random random, int bits)
    {
        var bytes = new byte[bits / 8];
        random.NextBytes(bytes);
        bytes[0] |= 0x80;
        bytes[^1] |= 1;
        return bytes;
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private void ForEachGroup(Action operation)
    {
        for (int done = 0; done < Numbers; done += _modulus.Lanes)
        {
            operation();
        }
    }
}
