using System.Numerics;
using FedHe.Crypto.Kernels;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// The specification of <see cref="PaillierSecretArithmetic"/>: m_p = L_p(c^(p-1) mod p^2)*h_p mod p with L_p(x) = (x-1)/p
/// and h_p = -q^-1 mod p, the same for q, and m by the Chinese remainder theorem. Neither constant-time nor free of copies.
/// </summary>
/// <remarks>Source: Paillier, EUROCRYPT 1999, section 7.</remarks>
internal sealed class BigIntegerPaillierSecretArithmetic : PaillierSecretArithmetic
{
    private readonly byte[] _p;
    private readonly byte[] _q;
    private readonly PaillierRandomizers _blinding;

    public BigIntegerPaillierSecretArithmetic(ReadOnlySpan<byte> p, ReadOnlySpan<byte> q, PaillierRandomizers blinding)
    {
        _p = SecretMemory.Allocate<byte>(p.Length);
        _q = SecretMemory.Allocate<byte>(q.Length);
        p.CopyTo(_p);
        q.CopyTo(_q);
        _blinding = blinding;
    }

    public override void Decrypt(ReadOnlySpan<byte> ciphertexts, Span<byte> messages)
    {
        BigInteger p = BigIntegerPaillierArithmetic.Read(_p);
        BigInteger q = BigIntegerPaillierArithmetic.Read(_q);
        BigInteger square = p * p * q * q;
        int modulusLength = 2 * _p.Length;
        byte[] randomizer = SecretMemory.Allocate<byte>(2 * modulusLength);
        for (int i = 0; i < messages.Length / modulusLength; i++)
        {
            _blinding.Create(randomizer);
            BigInteger ciphertext = BigIntegerPaillierArithmetic.Read(ciphertexts.Slice(2 * i * modulusLength, 2 * modulusLength));
            BigInteger blinded = ciphertext * BigIntegerPaillierArithmetic.Read(randomizer) % square;
            BigInteger modP = Residue(blinded, p, q);
            BigInteger modQ = Residue(blinded, q, p);
            BigInteger quotient = Modulo((modQ - modP) * Inverse(p, q), q);
            BigIntegerPaillierArithmetic.Write(modP + (p * quotient), messages.Slice(i * modulusLength, modulusLength));
        }

        SecretMemory.Zero<byte>(randomizer);
    }

    public override void Dispose()
    {
        SecretMemory.Zero<byte>(_p);
        SecretMemory.Zero<byte>(_q);
    }

    /// <summary>The message modulo a prime.</summary>
    private static BigInteger Residue(BigInteger ciphertext, BigInteger prime, BigInteger other)
    {
        BigInteger square = prime * prime;
        BigInteger quotient = (BigInteger.ModPow(ciphertext % square, prime - 1, square) - 1) / prime;
        return Modulo(quotient * -Inverse(other, prime), prime);
    }

    private static BigInteger Inverse(BigInteger number, BigInteger prime) => BigInteger.ModPow(number, prime - 2, prime);

    private static BigInteger Modulo(BigInteger number, BigInteger modulus)
    {
        BigInteger remainder = number % modulus;
        return remainder.Sign < 0 ? remainder + modulus : remainder;
    }
}
