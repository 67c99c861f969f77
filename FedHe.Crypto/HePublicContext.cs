using FedHe.Crypto.Bounds;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Parameters;

namespace FedHe.Crypto;

/// <summary>
/// A public context holds everything that one parameter set allows without a key: adding, parsing, and knowing sizes and
/// error bounds in advance. A server is given one; no key is reachable from it. Immutable and thread-safe.
/// </summary>
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

    /// <summary>Adds vectors.</summary>
    public abstract IEvaluator Evaluator { get; }

    /// <summary>Parses vectors from untrusted bytes.</summary>
    public abstract IVectorReader Reader { get; }

    /// <summary>Makes vectors smaller on the wire, or null where the scheme cannot.</summary>
    public virtual IVectorCompressor? Compressor => null;

    /// <summary>Multiplies vectors by real factors, or null where the parameters have no level to spend.</summary>
    public virtual IVectorRescaler? Rescaler => null;

    /// <summary>Computes the length in bytes of a vector on the wire.</summary>
    /// <param name="length">Number of values, at least one.</param>
    /// <param name="form">The vector's form.</param>
    /// <param name="seeds">Number of seeds of a seed list.</param>
    public abstract long EncodedLength(int length, VectorForm form, int seeds = 1);

    /// <summary>Computes the bytes of memory that a vector occupies.</summary>
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
