using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.Ring;

namespace FedHe.Crypto.Ckks.Vectors;

/// <summary>A truncation decides how many low bits of a coefficient the wire can leave out for a given error.</summary>
internal static class CkksTruncation
{
    /// <summary>
    /// Tells whether a vector of this form can leave these bits out. Residues modulo several primes have no low bits to
    /// spare.
    /// </summary>
    public static bool IsPossible(CkksParameters parameters, VectorForm form, DroppedBits dropped, bool isSum = false)
    {
        if (parameters.ExactIntegers is CkksExactIntegers exact)
        {
            // A seed list that was expanded to full form has left out the bits of the list.
            return dropped.IsWithin(exact.DroppedOf(form, isSum)) || (isSum && dropped.IsWithin(exact.SeedListSum));
        }

        int most = parameters.Moduli.Length == 1 ? CkksParameters.WidthOf(parameters.Moduli[0]) - DroppedBits.LeastKept : 0;
        return dropped.C0 <= most && dropped.C1 <= (form == VectorForm.Full ? most : 0);
    }

    /// <summary>Finds the most bits whose loss adds at most the given standard deviation to the error of a value.</summary>
    public static DroppedBits For(CkksRing ring, VectorForm form, double maxAddedDeviation)
    {
        // In full form c0 and c1 share the variance equally.
        double variance = maxAddedDeviation * maxAddedDeviation / CkksBlock.PolynomialsOf(form);
        DroppedBits dropped = DroppedBits.None;
        dropped = Most(ring, form, dropped, variance, static bits => new DroppedBits(bits.C0 + 1, bits.C1));
        DroppedBits second = Most(ring, form, DroppedBits.None, variance, static bits => new DroppedBits(bits.C0, bits.C1 + 1));
        return dropped with { C1 = second.C1 };
    }

    private static DroppedBits Most(
        CkksRing ring, VectorForm form, DroppedBits dropped, double variance, Func<DroppedBits, DroppedBits> oneMore)
    {
        for (DroppedBits next = oneMore(dropped);
            IsPossible(ring.Parameters, form, next) && ring.Errors.Dropping(next).NoiseVariance <= variance;
            next = oneMore(next))
        {
            dropped = next;
        }

        return dropped;
    }
}
