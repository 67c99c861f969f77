using System.Buffers;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Serialization;

namespace FedHe.Crypto.Parameters;

/// <summary>
/// Parameters describe one setting of a scheme; they are public, immutable, and never lead to a key. Two parameter sets
/// are the same exactly when their <see cref="Id"/> is the same.
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

    /// <summary>The name of the scheme that the parameters belong to, such as <c>ckks</c>.</summary>
    public abstract string SchemeName { get; }

    /// <summary>The number of values that one ciphertext holds.</summary>
    public abstract int ValuesPerCiphertext { get; }

    /// <summary>
    /// The exclusive limit of magnitude plus error of any vector under these parameters, in units of values. An
    /// operation whose result could reach it is refused with a <see cref="HeCapacityException"/> before anything
    /// changes.
    /// </summary>
    public abstract double Capacity { get; }

    /// <summary>A description of the encoding of values in a few plain words.</summary>
    public virtual string Encoding => SchemeName;

    /// <summary>The strongest security level that the parameters reach.</summary>
    public abstract SecurityLevel SecurityLevel { get; }

    /// <summary>
    /// The identity of the parameters: the SHA-256 digest of the bytes that <see cref="WriteTo"/> writes.
    /// </summary>
    public Digest Id => _id.Value;

    /// <summary>Writes the canonical bytes of the parameters, which <see cref="IHeScheme.ReadParameters"/> reads.</summary>
    public void WriteTo(IBufferWriter<byte> destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var payload = new ArrayBufferWriter<byte>();
        WritePayload(new WireWriter(payload));
        var writer = new WireWriter(destination);
        writer.WriteHeader(WireKind.Parameters, Digest.None, payload.WrittenCount);
        writer.WriteBytes(payload.WrittenSpan);
    }

    /// <summary>
    /// Writes all fields that distinguish these parameters from other parameters, the name of the scheme first.
    /// </summary>
    protected abstract void WritePayload(WireWriter writer);
}
