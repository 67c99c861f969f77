using System.Collections.Immutable;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Kernels.Rns;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// An exact budget limits the noise of a sum of total weight W, in units of coefficients, so that every field decodes
/// exactly.
/// </summary>
/// <remarks>
/// The limit is W*(fresh noise + rounding + loss of uploads) + loss of the sum + loss of decoding &lt; q/(2T), for the
/// modulus q and fields that hold T values. Decoding is exact modulo one prime; over several it loses q/2^61 (see
/// <see cref="PlaintextComposer"/>).
/// </remarks>
internal sealed class CkksExactBudget
{
    // Encoding rounds by at most 1/2; the other half is slack.
    private const double EncodingNoise = 1;

    // A product of several primes is rounded to double precision, and so are differences of such numbers.
    private const double DoublePrecisionSlack = 1.0 / (1L << 50);

    private readonly double _degree;
    private readonly double _modulus;
    private readonly double _totalWeight;
    private readonly double _freshNoise;
    private readonly double _decodingLoss;

    public CkksExactBudget(int degree, ulong modulus, long largestTotalWeight, CkksTraffic traffic)
        : this(degree, [modulus], largestTotalWeight, traffic)
    {
    }

    public CkksExactBudget(int degree, ImmutableArray<ulong> moduli, long largestTotalWeight, CkksTraffic traffic)
    {
        _degree = degree;
        double modulus = CkksParameters.ModulusOf(moduli);
        _modulus = moduli.Length == 1 ? modulus : modulus * (1 - DoublePrecisionSlack);
        _decodingLoss = moduli.Length == 1 ? 0 : PlaintextComposer.LossOf(modulus, moduli.Length);
        _totalWeight = largestTotalWeight;
        _freshNoise = traffic == CkksTraffic.PublicKey
            ? CkksNoise.PublicKeyEncryption(degree).TailBound
            : CkksNoise.SecretKeyEncryption.Max;
    }

    /// <summary>Tells whether a plan keeps its promise, for sums in either form.</summary>
    public bool Keeps(CkksExactIntegers exact)
    {
        double rest = AfterUploads(exact.LogPlaintextModulus, exact.Upload);
        return rest - LossOf(exact.SeedListSum) > 0 && rest - LossOf(exact.FullSum) > 0;
    }

    /// <summary>Computes q/(2T) - W*(fresh noise + rounding + loss of uploads) - loss of decoding, which must be positive.</summary>
    public double AfterUploads(int logPlaintextModulus, DroppedBits upload)
    {
        double halfAUnit = Math.ScaleB(_modulus, -logPlaintextModulus - 1);
        return halfAUnit - _decodingLoss - (_totalWeight * (_freshNoise + EncodingNoise + LossOf(upload)));
    }

    /// <summary>Bounds the noise of low bits that are left out: 2^(t0-1) + z*sqrt(1.25*N/18)*2^t1.</summary>
    /// <remarks>
    /// Leaving out t0 bits of c0 never costs more than 2^(t0-1). Leaving out t1 bits of c1 costs r*s with r uniform in
    /// a range of 2^t1, which has a bound that fails with probability 2^-80. The same z holds for the sum of all such
    /// parts, whose sub-Gaussian parameters add at most linearly.
    /// </remarks>
    public double LossOf(DroppedBits dropped)
    {
        double first = dropped.C0 > 0 ? Math.ScaleB(1, dropped.C0 - 1) : 0;
        return first + CkksNoise.Dropping(_degree, dropped with { C0 = 0 }).TailBound;
    }
}
