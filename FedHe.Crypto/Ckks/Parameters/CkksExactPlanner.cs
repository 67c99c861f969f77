using System.Collections.Immutable;
using FedHe.Crypto.Ckks.Noise;
using FedHe.Crypto.Kernels.Rns;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// An exact planner decides how many values share a coefficient, and how many low bits uploads and sums leave out. The
/// best plan takes the fewest bits per value, then the fewest bits of upload, then the fewest fields.
/// </summary>
/// <remarks>
/// A bit of upload counts twice, because clients send more slowly than they receive. Every unit of weight repeats the
/// loss of an upload, so the parameters fix it, never a caller. Residues modulo several primes have no low bits to spare.
/// </remarks>
internal static class CkksExactPlanner
{
    /// <summary>Returns the plan, or null where not even one field fits beside the noise.</summary>
    public static CkksExactIntegers? Plan(
        int degree, ImmutableArray<ulong> moduli, int precisionBits, long largestTotalWeight, CkksTraffic traffic)
    {
        var budget = new CkksExactBudget(degree, moduli, largestTotalWeight, traffic);
        int width = moduli.Sum(CkksParameters.WidthOf);
        int most = MostDropped(moduli);
        int fieldBits = CkksExactIntegers.FieldBitsOf(precisionBits, largestTotalWeight);
        CkksExactIntegers? best = null;
        for (int fields = 1; fields * fieldBits <= MostPlaintextBits(moduli); fields++)
        {
            var candidate = new CkksExactIntegers(precisionBits, largestTotalWeight, traffic, fields);
            foreach (DroppedBits upload in UploadsOf(traffic, most))
            {
                double rest = budget.AfterUploads(candidate.LogPlaintextModulus, upload);
                if (rest <= 0)
                {
                    continue;
                }

                CkksExactIntegers plan = candidate with
                {
                    Upload = upload,
                    SeedListSum = new DroppedBits(MostOfFirst(budget, rest, most), 0),
                    FullSum = MostOfBoth(budget, rest, most),
                };
                best = best is null || IsBetter(plan, best, width) ? plan : best;
            }
        }

        return best;
    }

    /// <summary>Returns the largest number of bits of all fields of a coefficient, whatever the noise.</summary>
    public static int MostPlaintextBits(ImmutableArray<ulong> moduli)
        => moduli.Length == 1 ? CkksParameters.WidthOf(moduli[0]) - 1 : PlaintextComposer.MaxLogPlaintextModulus;

    /// <summary>Returns the largest number of low bits of a coefficient that can be left out, whatever the noise.</summary>
    public static int MostDropped(ImmutableArray<ulong> moduli)
        => moduli.Length == 1 ? CkksParameters.WidthOf(moduli[0]) - DroppedBits.LeastKept : 0;

    private static IEnumerable<DroppedBits> UploadsOf(CkksTraffic traffic, int most)
        => from first in Enumerable.Range(0, most + 1)
           from second in Enumerable.Range(0, traffic == CkksTraffic.PublicKey ? most + 1 : 1)
           select new DroppedBits(first, second);

    private static DroppedBits MostOfBoth(CkksExactBudget budget, double rest, int most)
    {
        DroppedBits best = DroppedBits.None;
        for (int second = 0; second <= most; second++)
        {
            double left = rest - budget.LossOf(new DroppedBits(0, second));
            if (left <= 0)
            {
                break;
            }

            var dropped = new DroppedBits(MostOfFirst(budget, left, most), second);
            best = dropped.C0 + dropped.C1 > best.C0 + best.C1 ? dropped : best;
        }

        return best;
    }

    private static int MostOfFirst(CkksExactBudget budget, double rest, int most)
    {
        int dropped = 0;
        while (dropped < most && budget.LossOf(new DroppedBits(dropped + 1, 0)) < rest)
        {
            dropped++;
        }

        return dropped;
    }

    private static bool IsBetter(CkksExactIntegers plan, CkksExactIntegers best, int width)
    {
        // Bits per value, over a common denominator.
        (int upload, int cost) = CostOf(plan, width);
        (int bestUpload, int bestCost) = CostOf(best, width);
        int difference = (cost * best.Fields) - (bestCost * plan.Fields);
        return difference < 0 || (difference == 0 && upload * best.Fields < bestUpload * plan.Fields);
    }

    private static (int Upload, int Cost) CostOf(CkksExactIntegers plan, int width)
    {
        int upload = plan.Traffic == CkksTraffic.PublicKey
            ? (2 * width) - plan.Upload.C0 - plan.Upload.C1
            : width - plan.Upload.C0;
        int download = plan.Traffic == CkksTraffic.SeedLists
            ? width - plan.SeedListSum.C0
            : (2 * width) - plan.FullSum.C0 - plan.FullSum.C1;
        return (upload, (2 * upload) + download);
    }
}
