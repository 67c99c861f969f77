using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// n, the product of two primes, and h = -x^2 modulo n for a random x. On the wire: both big-endian, in the bytes of n.
/// </summary>
internal sealed class PaillierPublicKey : PublicKey
{
    private readonly byte[] _payload;
    private readonly Lazy<PaillierRandomizers> _randomizers;

    private PaillierPublicKey(PaillierSetup setup, byte[] payload, PaillierModulus modulus)
        : base(setup.Parameters.Id, modulus.KeyId)
    {
        _payload = payload;
        Modulus = modulus;
        _randomizers = new Lazy<PaillierRandomizers>(() => modulus.Arithmetic.CreateRandomizers(Generator, setup.Random));
    }

    public PaillierModulus Modulus { get; }

    /// <summary>Randomness of ciphertexts under this key; computes tables when it is first asked for.</summary>
    public PaillierRandomizers Randomizers => _randomizers.Value;

    /// <summary>h, big-endian.</summary>
    public ReadOnlySpan<byte> Generator => _payload.AsSpan(_payload.Length / 2);

    public override int EncodedLength => WireHeader.SizeInBytes + _payload.Length;

    /// <summary>The public key of a modulus, with a fresh h.</summary>
    public static PaillierPublicKey Create(PaillierSetup setup, BigInteger modulus)
    {
        int length = setup.Parameters.ModulusLength;
        byte[] payload = new byte[2 * length];
        BigEndian.Write(modulus, payload.AsSpan(0, length));

        // 128 bits more than n has make x as good as uniform.
        byte[] bytes = new byte[length + 16];
        BigInteger x;
        do
        {
            setup.Random.Fill(bytes);
            x = BigEndian.Read(bytes) % modulus;
        }
        while (!BigInteger.GreatestCommonDivisor(x, modulus).IsOne);

        BigEndian.Write(modulus - (x * x % modulus), payload.AsSpan(length));
        CryptographicOperations.ZeroMemory(bytes);
        return new PaillierPublicKey(setup, payload, PaillierModulus.Of(setup, payload));
    }

    public static PaillierPublicKey? TryRead(PaillierSetup setup, ReadOnlySpan<byte> source, out FormatError reason)
    {
        int payloadLength = 2 * setup.Parameters.ModulusLength;
        var reader = new WireReader(source);
        reader.ReadHeader(WireKind.PublicKey, setup.Parameters.Id, WireHeader.SizeInBytes + payloadLength);
        ReadOnlySpan<byte> payload = reader.ReadBytes(payloadLength);
        reader.ExpectEnd();
        reason = reader.Error;
        return reader.Failed ? null : TryReadPayload(setup, payload, out reason);
    }

    /// <summary>
    /// Reads n and h, refusing what cannot be a key: n of another length, even, a square or with a small factor; h outside
    /// of 2 to n - 2 or not coprime to n.
    /// </summary>
    public static PaillierPublicKey? TryReadPayload(PaillierSetup setup, ReadOnlySpan<byte> payload, out FormatError reason)
    {
        int length = setup.Parameters.ModulusLength;
        if (!PaillierModulus.IsPossible(payload[..length]))
        {
            reason = FormatError.FieldOutOfRange;
            return null;
        }

        BigInteger modulus = BigEndian.Read(payload[..length]);
        BigInteger generator = BigEndian.Read(payload[length..]);
        bool isPossible = generator > BigInteger.One && generator < modulus - 1
            && !VariableTimePrimes.HasSmallFactor(modulus)
            && !VariableTimePrimes.IsSquare(modulus)
            && BigInteger.GreatestCommonDivisor(generator, modulus).IsOne;
        reason = isPossible ? FormatError.None : FormatError.FieldOutOfRange;
        return isPossible ? new PaillierPublicKey(setup, payload.ToArray(), PaillierModulus.Of(setup, payload)) : null;
    }

    public override void WriteTo(IBufferWriter<byte> destination)
    {
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.PublicKey, ParametersId, _payload.Length);
        writer.WriteBytes(_payload);
    }
}
