using FedHe.Crypto.Ckks.Noise;

namespace FedHe.Crypto.Ckks.Parameters;

/// <summary>
/// An exact planner decides how many values share a coefficient, and how many low bits uploads and sums leave out. The
/// best plan takes the fewest bits per value, then the fewest bits of upload, then the fewest fields.
/// </summary>
/// <remarks>
/// A bit of upload counts twice, because clients send more slowly than they receive. Every unit of weight repeats the
/// loss of an upload, so the parameters fix it, never a caller.
/// </remarks>
internal static class CkksExactPlanner
{
    /// <summary>Returns the plan, or null where not even one field fits beside the noise.</summary>
    public static CkksExactIntegers? Plan(int degree, ulong modulus, int precisionBits, long largestTotalWeight, CkksTraffic traffic)
    {
        var budget = new CkksExactBudget(degree, modulus, largestTotalWeight, traffic);
        int width = CkksParameters.WidthOf(modulus);
        int fieldBits = CkksExactIntegers.FieldBitsOf(precisionBits, largestTotalWeight);
        CkksExactIntegers? best = null;
        for (int fields = 1; fields * fieldBits < width; fields++)
        {
            var candidate = new CkksExactIntegers(precisionBits, largestTotalWeight, traffic, fields);
            foreach (DroppedBits upload in UploadsOf(traffic, width))
            {
                double rest = budget.AfterUploads(candidate.LogPlaintextModulus, upload);
                if (rest <= 0)
                {
                    continue;
                }

                CkksExactIntegers plan = candidate with
                {
                    Upload = upload,
                    SeedListSum = new DroppedBits(MostOfFirst(budget, rest, width), 0),
                    FullSum = MostOfBoth(budget, rest, width),
                };
                best = best is null || IsBetter(plan, best, width) ? plan : best;
            }
        }

        return best;
    }

    private static IEnumerable<DroppedBits> UploadsOf(CkksTraffic traffic, int width)
        => from first in Enumerable.Range(0, width - DroppedBits.LeastKept + 1)
           from second in Enumerable.Range(0, traffic == CkksTraffic.PublicKey ? width - DroppedBits.LeastKept + 1 : 1)
           select new DroppedBits(first, second);

    private static DroppedBits MostOfBoth(CkksExactBudget budget, double rest, int width)
    {
        DroppedBits best = DroppedBits.None;
        for (int second = 0; second <= width - DroppedBits.LeastKept; second++)
        {
            double left = rest - budget.LossOf(new DroppedBits(0, second));
            if (left <= 0)
            {
                break;
            }

            var dropped = new DroppedBits(MostOfFirst(budget, left, width), second);
            best = dropped.C0 + dropped.C1 > best.C0 + best.C1 ? dropped : best;
        }

        return best;
    }

    private static int MostOfFirst(CkksExactBudget budget, double rest, int width)
    {
        int most = 0;
        while (most < width - DroppedBits.LeastKept && budget.LossOf(new DroppedBits(most + 1, 0)) < rest)
        {
            most++;
        }

        return most;
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
