using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Kernels.Sampling;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// What the noise of a sum of total weight W may be so that every field decodes exactly, in units of coefficients:
/// W*(fresh noise + rounding + what uploads leave out) + what the sum leaves out &lt; q/(2T).
/// </summary>
/// <remarks>
/// Leaving out t bits of c0 costs at most 2^(t-1), always. Of c1 it costs r*s with r uniform in a range of 2^t, for which
/// the bound of 2^-80 stands: z*sqrt(1.25*N/18)*2^t. The same z holds for the sum of all such parts, whose sub-Gaussian
/// parameters add at most linearly.
/// </remarks>
internal sealed class CkksExactBudget
{
    // Encoding rounds by at most 1/2; the other half is in hand.
    private const double EncodingNoise = 1;

    private readonly double _degree;
    private readonly double _modulus;
    private readonly double _totalWeight;
    private readonly double _freshNoise;

    public CkksExactBudget(int degree, ulong modulus, long largestTotalWeight, CkksTraffic traffic)
    {
        _degree = degree;
        _modulus = modulus;
        _totalWeight = largestTotalWeight;
        _freshNoise = traffic == CkksTraffic.PublicKey ? CkksNoise.PublicKeyEncryption(degree).TailBound : NoiseKernel.BinomialMax;
    }

    /// <summary>Whether parameters keep their promise, in whatever form sums travel.</summary>
    public bool Keeps(CkksExactIntegers exact)
    {
        double rest = AfterUploads(exact.LogPlaintextModulus, exact.Upload);
        return rest - LossOf(exact.SeedListSum) > 0 && rest - LossOf(exact.FullSum) > 0;
    }

    /// <summary>What is left for the sum, above 0 where uploads may leave these bits out.</summary>
    public double AfterUploads(int logPlaintextModulus, DroppedBits upload)
    {
        double halfAUnit = Math.ScaleB(_modulus, -logPlaintextModulus - 1);
        return halfAUnit - (_totalWeight * (_freshNoise + EncodingNoise + LossOf(upload)));
    }

    public double LossOf(DroppedBits dropped)
    {
        double first = dropped.C0 > 0 ? Math.ScaleB(1, dropped.C0 - 1) : 0;
        return first + CkksNoise.Dropping(_degree, dropped with { C0 = 0 }).TailBound;
    }
}
