namespace FedHe.Privacy.Numerics;

/// <summary>Searches along one line.</summary>
internal static class Search
{
    private const int BisectionSteps = 200;
    private const double GoldenRatio = 0.6180339887498949;
    private const int GoldenSteps = 120;

    /// <summary>
    /// Returns the smallest number in (low, high) at which a condition holds that holds from there on, rounded up: the condition was
    /// evaluated at the result, and held.
    /// </summary>
    public static double SmallestWhere(Func<double, bool> holds, double low, double high)
    {
        for (int i = 0; i < BisectionSteps; i++)
        {
            // The geometric mean finds the scale first.
            double middle = low > 0 && high / low > 2 ? Math.Sqrt(low * high) : low + ((high - low) / 2);
            if (middle <= low || middle >= high)
            {
                break;
            }

            if (holds(middle))
            {
                high = middle;
            }
            else
            {
                low = middle;
            }
        }

        return high;
    }

    /// <summary>Returns the smallest value of a function with one valley between two points, as far as golden sections find it.</summary>
    public static double Minimum(Func<double, double> function, double low, double high)
    {
        double left = high - (GoldenRatio * (high - low));
        double right = low + (GoldenRatio * (high - low));
        double atLeft = function(left);
        double atRight = function(right);
        for (int i = 0; i < GoldenSteps; i++)
        {
            if (atLeft < atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - (GoldenRatio * (high - low));
                atLeft = function(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + (GoldenRatio * (high - low));
                atRight = function(right);
            }
        }

        return Math.Min(atLeft, atRight);
    }
}
