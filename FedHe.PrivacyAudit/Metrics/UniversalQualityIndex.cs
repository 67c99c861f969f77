using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.PrivacyAudit.Errors;

namespace FedHe.PrivacyAudit.Metrics;

internal static class UniversalQualityIndex
{
    private const int Window = 8;

    /// <summary>Computes the mean index over all windows.</summary>
    /// <remarks>
    /// The moments E[xy], E[x^2] and E[y^2] are multiplied by <paramref name="factor"/>; a factor of 1 gives the definition.
    /// </remarks>
    public static double Of(Plane x, Plane y, double factor) => Map(x, y, factor).Mean;

    /// <summary>
    /// Computes the mean index with the window's number of pixels as the factor, without the last row and column of windows.
    /// </summary>
    public static double OfSewar(Plane x, Plane y)
    {
        Plane map = Map(x, y, Window * Window);
        if (map.Height < 2 || map.Width < 2)
        {
            throw Throw.TooSmall(Window + 1);
        }

        double sum = 0;
        for (int row = 0; row < map.Height - 1; row++)
        {
            sum += map.Values.AsSpan(row * map.Width, map.Width - 1).ToArray().Sum();
        }

        return sum / ((map.Height - 1) * (map.Width - 1));
    }

    private static Plane Map(Plane x, Plane y, double factor)
    {
        if (x.Height < Window || x.Width < Window)
        {
            throw Throw.TooSmall(Window);
        }

        var moments = new Moments(x, y, Plane.Box(Window));
        double[] map = new double[moments.MeanX.Values.Length];
        for (int i = 0; i < map.Length; i++)
        {
            double product = moments.MeanX.Values[i] * moments.MeanY.Values[i];
            double squares = Square(moments.MeanX.Values[i]) + Square(moments.MeanY.Values[i]);
            double secondMoments = factor * (moments.SquareX.Values[i] + moments.SquareY.Values[i]);
            double spread = secondMoments - squares;

            // What rounding leaves of a window without contrast must count as none.
            if (spread <= 1e-12 * secondMoments)
            {
                map[i] = squares == 0 ? 1 : 2 * product / squares;
            }
            else
            {
                map[i] = squares == 0 ? 1 : 4 * ((factor * moments.Product.Values[i]) - product) * product / (spread * squares);
            }
        }

        return new Plane(moments.MeanX.Height, moments.MeanX.Width, map);
    }

    private static double Square(double value) => value * value;
}
