using System.Numerics;
using FedHe.Crypto.Kernels;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Paillier;

/// <summary>The specification of <see cref="PaillierArithmetic"/>: one number after the other, not constant-time.</summary>
internal sealed class BigIntegerPaillierArithmetic : PaillierArithmetic
{
    private readonly BigInteger _modulus;
    private readonly BigInteger _square;

    public BigIntegerPaillierArithmetic(ReadOnlySpan<byte> modulus)
    {
        ModulusLength = modulus.Length;
        _modulus = Read(modulus);
        _square = _modulus * _modulus;
    }

    public override int ModulusLength { get; }

    public static BigInteger Read(ReadOnlySpan<byte> bigEndian) => new(bigEndian, isUnsigned: true, isBigEndian: true);

    /// <summary>Writes a number with leading zeros.</summary>
    public static void Write(BigInteger number, Span<byte> bigEndian)
    {
        int length = number.GetByteCount(isUnsigned: true);
        bigEndian[..^length].Clear();
        number.TryWriteBytes(bigEndian[^length..], out _, isUnsigned: true, isBigEndian: true);
    }

    public override bool AreUnits(ReadOnlySpan<byte> ciphertexts)
    {
        BigInteger product = BigInteger.One;
        for (int start = 0; start < ciphertexts.Length; start += CiphertextLength)
        {
            BigInteger number = Read(ciphertexts.Slice(start, CiphertextLength));
            if (number.IsZero || number >= _square)
            {
                return false;
            }

            product = product * (number % _modulus) % _modulus;
        }

        return BigInteger.GreatestCommonDivisor(product, _modulus).IsOne;
    }

    public override void Encrypt(ReadOnlySpan<byte> messages, ReadOnlySpan<byte> randomizers, Span<byte> ciphertexts)
    {
        for (int i = 0; i < ciphertexts.Length / CiphertextLength; i++)
        {
            BigInteger message = Read(messages.Slice(i * ModulusLength, ModulusLength));
            BigInteger randomizer = Read(randomizers.Slice(i * CiphertextLength, CiphertextLength));
            BigInteger ciphertext = (BigInteger.One + (message * _modulus)) * randomizer % _square;
            Write(ciphertext, ciphertexts.Slice(i * CiphertextLength, CiphertextLength));
        }
    }

    public override PaillierProduct CreateProduct(int count) => new Product(_square, count, CiphertextLength);

    public override PaillierRandomizers CreateRandomizers(ReadOnlySpan<byte> generator, RandomSource random)
        => new Randomizers(BigInteger.ModPow(Read(generator), _modulus, _square), _square, ModulusLength, random);

    private sealed class Product(BigInteger square, int count, int length) : PaillierProduct
    {
        private readonly BigInteger[] _products = [.. Enumerable.Repeat(BigInteger.One, count)];

        public override void MultiplyPower(int first, ReadOnlySpan<byte> ciphertexts, long weight)
        {
            for (int i = 0; i < ciphertexts.Length / length; i++)
            {
                BigInteger power = BigInteger.ModPow(Read(ciphertexts.Slice(i * length, length)), weight, square);
                _products[first + i] = _products[first + i] * power % square;
            }
        }

        public override void CopyTo(int first, Span<byte> ciphertexts)
        {
            for (int i = 0; i < ciphertexts.Length / length; i++)
            {
                Write(_products[first + i], ciphertexts.Slice(i * length, length));
            }
        }

        public override void Dispose()
        {
            // Public numbers on the garbage collector's heap.
        }
    }

    private sealed class Randomizers(BigInteger power, BigInteger square, int modulusLength, RandomSource random) : PaillierRandomizers
    {
        public override void Create(Span<byte> randomizers)
        {
            byte[] exponent = SecretMemory.Allocate<byte>(modulusLength / 2);
            for (int start = 0; start < randomizers.Length; start += 2 * modulusLength)
            {
                random.Fill(exponent);
                Write(BigInteger.ModPow(power, Read(exponent), square), randomizers.Slice(start, 2 * modulusLength));
            }

            SecretMemory.Zero<byte>(exponent);
        }
    }
}
