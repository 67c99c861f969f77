using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto;

/// <summary>
/// A public context adds and parses vectors of one parameter set, and knows sizes and error bounds in advance, all
/// without a key. It is immutable and thread-safe.
/// </summary>
/// <remarks>A server is given a public context, because no key is reachable from it.</remarks>
/// <example>
/// <code>
/// // The server has a context without keys, and the bytes of two vectors: byte[] left and byte[] right.
/// HePublicContext server = he.Public;
/// using EncryptedVector first = server.Reader.Read(left, WireLimits.Default);
/// using EncryptedVector second = server.Reader.Read(right, WireLimits.Default);
/// using EncryptedVector sum = server.Evaluator.Add(first, second);
/// double promised = sum.Bound.ErrorBound;
/// </code>
/// </example>
public abstract class HePublicContext
{
    /// <summary>Creates a public context for validated parameters.</summary>
    protected HePublicContext(HeParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        Parameters = parameters;
    }

    /// <summary>The parameters of the context.</summary>
    public HeParameters Parameters { get; }

    /// <summary>The evaluator, which adds vectors.</summary>
    public abstract IEvaluator Evaluator { get; }

    /// <summary>The reader, which parses vectors from untrusted bytes.</summary>
    public abstract IVectorReader Reader { get; }

    /// <summary>The compressor, which makes vectors smaller on the wire, or null where the scheme has none.</summary>
    public virtual IVectorCompressor? Compressor => null;

    /// <summary>
    /// The rescaler, which multiplies vectors by real factors, or null where the parameters have no level to spend.
    /// </summary>
    public virtual IVectorRescaler? Rescaler => null;

    /// <summary>
    /// The largest number of threads of one operation, or -1 for a thread for each core, as <see
    /// cref="HeContextOptions.MaxDegreeOfParallelism"/> says.
    /// </summary>
    public virtual int MaxDegreeOfParallelism => -1;

    /// <summary>
    /// The residues of ciphertexts, with which linear tags bind a sum before it is decrypted, or null where the scheme has
    /// none.
    /// </summary>
    public virtual ICiphertextResidues? Residues => null;

    /// <summary>
    /// Whether anything that is not a sum of honest vectors decrypts to something that depends on the secret key. Such a
    /// sum must be bound by its <see cref="Residues"/> before it is decrypted.
    /// </summary>
    public virtual bool IsDecryptionKeyDependent => true;

    /// <summary>
    /// Whether the evaluator adds vectors with weights other than 1. Where it does not, each client multiplies its values
    /// by its weight before encryption.
    /// </summary>
    public virtual bool AddsWeights => true;

    /// <summary>Computes the length in bytes of a vector on the wire.</summary>
    /// <param name="length">Number of values, at least one.</param>
    /// <param name="form">The vector's form.</param>
    /// <param name="seeds">Number of seeds of a seed list.</param>
    public abstract long EncodedLength(int length, VectorForm form, int seeds = 1);

    /// <summary>Computes the number of bytes of memory that a vector occupies.</summary>
    /// <param name="length">Number of values, at least one.</param>
    /// <param name="form">The vector's form.</param>
    public abstract long MemoryInBytes(int length, VectorForm form);

    /// <summary>Tells the form of a weighted sum of fresh vectors.</summary>
    /// <param name="freshForm">Form of the fresh vectors.</param>
    /// <param name="contributors">Number of fresh vectors, at least 1.</param>
    public abstract VectorForm SumForm(VectorForm freshForm, int contributors);

    /// <summary>Computes the bound that a fresh vector carries.</summary>
    /// <param name="maxAbs">Largest magnitude of a value; positive and finite.</param>
    /// <param name="form">Seeded (secret-key encryption), or both polynomials (public-key encryption).</param>
    /// <exception cref="HeCapacityException">Values of this magnitude do not fit the modulus.</exception>
    public abstract VectorBound FreshBound(double maxAbs, VectorForm form);
}
