using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Parameters;

/// <summary>
/// Public, immutable parameters of a scheme. Two parameter sets are the same exactly when their
/// <see cref="Id"/> is the same. Parameters never hold or lead to a key.
/// </summary>
public abstract class HeParameters
{
    private readonly Lazy<Digest> _id;

    /// <summary>Creates parameters whose identity is computed on first use.</summary>
    protected HeParameters()
    {
        _id = new Lazy<Digest>(() =>
        {
            var buffer = new ArrayBufferWriter<byte>();
            WriteTo(buffer);
            return Digest.Compute(buffer.WrittenSpan);
        });
    }

    /// <summary>Name of the scheme these parameters belong to, such as <c>ckks</c>.</summary>
    public abstract string SchemeName { get; }

    /// <summary>How many values one ciphertext holds.</summary>
    public abstract int ValuesPerCiphertext { get; }

    /// <summary>
    /// The largest magnitude, error included, that any vector under these parameters can carry. An operation whose
    /// result could exceed it is refused with <see cref="HeCapacityException"/> before it happens.
    /// </summary>
    public abstract double Capacity { get; }

    /// <summary>How values are encoded, in few plain words for people.</summary>
    public virtual string Encoding => SchemeName;

    /// <summary>The strongest level of the security table that the parameters satisfy.</summary>
    public abstract SecurityLevel SecurityLevel { get; }

    /// <summary>Identity of the parameters: SHA-256 over the bytes of <see cref="WriteTo"/>.</summary>
    public Digest Id => _id.Value;

    /// <summary>Writes the canonical bytes, which <see cref="IHeScheme.ReadParameters"/> reads back.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var payload = new ArrayBufferWriter<byte>();
        WritePayload(new WireWriter(payload));
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.Parameters, Digest.None, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>Writes everything that distinguishes these parameters from others of the scheme, name first.</summary>
    protected abstract void WritePayload(WireWriter writer);
}
