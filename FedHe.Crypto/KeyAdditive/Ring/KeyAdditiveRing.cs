using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Lanes;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Values;
using FedHe.Crypto.KeyAdditive.Parameters;

namespace FedHe.Crypto.KeyAdditive.Ring;

/// <summary>A key-additive ring holds the tables and the idle workspaces of one parameter set. It is thread-safe.</summary>
internal sealed class KeyAdditiveRing
{
    public KeyAdditiveRing(KeyAdditiveParameters parameters, int maxDegreeOfParallelism)
    {
        Parameters = parameters;
        MaxDegreeOfParallelism = maxDegreeOfParallelism;
        Transform = new NttPlan(parameters.Degree, parameters.Modulus);
        HalfTransform = HalfKeyMask.Fits(parameters)
            ? HalfNttKernel.Create(new NttRoots(parameters.Degree, parameters.Modulus), LaneSupport.BestWithoutFusion)
            : null;
        Packing = parameters.ValueEncoding == KeyAdditiveEncoding.ExactIntegers
            ? new ExactIntegerPacking(
                parameters.Degree,
                parameters.Sums.PrecisionBits - 1,
                new ExactFields(parameters.Modulus, parameters.Sums.FieldBits, parameters.Fields))
            : new CoefficientPacking(parameters.Degree, parameters.Scale);
        Workspaces = new ConcurrentPool<KeyAdditiveWorkspace>(
            pool => new KeyAdditiveWorkspace(pool, parameters.Degree, parameters.ValuesPerCiphertext));
    }

    public KeyAdditiveParameters Parameters { get; }

    /// <summary>The number-theoretic transform modulo q.</summary>
    public NttPlan Transform { get; }

    /// <summary>The number-theoretic transform of products in 32 bits, or null where not all numbers have 32 bits.</summary>
    public HalfNttKernel? HalfTransform { get; }

    public IPacking Packing { get; }

    public ConcurrentPool<KeyAdditiveWorkspace> Workspaces { get; }

    /// <summary>The largest number of threads of one operation, or -1.</summary>
    public int MaxDegreeOfParallelism { get; }

    public int Degree => Parameters.Degree;

    public ulong Modulus => Parameters.Modulus;

    /// <summary>Transforms the coefficients of a key.</summary>
    /// <param name="coefficients">N integers, of magnitude at most 2^31.</param>
    /// <param name="destination">Receives N residues in [0, q).</param>
    public void TransformKey(ReadOnlySpan<long> coefficients, Span<ulong> destination)
    {
        PolynomialKernel.Default.ReduceSigned(coefficients, destination, Modulus);
        Transform.Forward(destination);
    }
}
