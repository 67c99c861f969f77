using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Encoding;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Kernels.Ntt;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Rns;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>
/// A CKKS ring holds the tables, the error bounds and the idle workspaces of one parameter set. It is thread-safe.
/// </summary>
internal sealed class CkksRing
{
    public CkksRing(CkksParameters parameters, int maxDegreeOfParallelism = 1)
    {
        Parameters = parameters;
        MaxDegreeOfParallelism = maxDegreeOfParallelism;
        Errors = new CkksErrorAnalysis(
            parameters.Degree, parameters.LogScale, parameters.Moduli.Length, inSlots: parameters.Packing == CkksPacking.Slots);
        Transforms = new NttPlan[LimbCount];
        Composers = new RnsComposer[LimbCount];
        for (int limb = 0; limb < LimbCount; limb++)
        {
            Transforms[limb] = new NttPlan(parameters.Degree, parameters.Moduli[limb]);
            Composers[limb] = new RnsComposer(parameters.Moduli.AsSpan()[..(limb + 1)]);
        }

        Packing = PackingOf(parameters);
        if (parameters.ExactIntegers is CkksExactIntegers exact && LimbCount > 1)
        {
            Plaintexts = new PlaintextComposer(parameters.Moduli.AsSpan(), exact.LogPlaintextModulus);
        }

        int valueCount = Math.Max(parameters.Degree, parameters.ValuesPerCiphertext);
        Workspaces = new ConcurrentPool<CkksWorkspace>(
            pool => new CkksWorkspace(pool, parameters.Degree, parameters.Moduli.Length, valueCount));
    }

    public CkksParameters Parameters { get; }

    public CkksErrorAnalysis Errors { get; }

    /// <summary>The number-theoretic transforms, one for each prime.</summary>
    public NttPlan[] Transforms { get; }

    /// <summary>The composers, one for each level: the first composes residues modulo the first prime only.</summary>
    public RnsComposer[] Composers { get; }

    /// <summary>The composer of exact integers over several primes; null with any other encoding.</summary>
    public PlaintextComposer? Plaintexts { get; }

    public IPacking Packing { get; }

    public ConcurrentPool<CkksWorkspace> Workspaces { get; }

    /// <summary>The largest number of threads of one operation, or -1.</summary>
    public int MaxDegreeOfParallelism { get; }

    public int Degree => Parameters.Degree;

    public int LimbCount => Parameters.Moduli.Length;

    /// <summary>Reduces the coefficients of an encoded message modulo one prime.</summary>
    public void ReduceMessage(ReadOnlySpan<long> message, int limb, Span<ulong> residues)
    {
        PolynomialKernel.Default.ReduceSigned(message, residues, Transforms[limb].Modulus);
        Plaintexts?.Spread(limb, residues);
    }

    private static IPacking PackingOf(CkksParameters parameters) => parameters switch
    {
        { ExactIntegers: CkksExactIntegers exact, Moduli.Length: > 1 } => new ExactRemainderPacking(
            parameters.Degree, parameters.LogScale, parameters.Moduli.AsSpan(), exact.FieldBits, exact.Fields),
        { ExactIntegers: CkksExactIntegers exact } => new ExactIntegerPacking(
            parameters.Degree, parameters.LogScale, new ExactFields(parameters.Moduli[0], exact.FieldBits, exact.Fields)),
        { Packing: CkksPacking.Slots } => new SlotPacking(parameters.Degree, parameters.LogScale),
        _ => new CoefficientPacking(parameters.Degree, Math.ScaleB(1, parameters.LogScale)),
    };
}
