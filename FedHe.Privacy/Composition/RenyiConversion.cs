using FedHe.Privacy.Numerics;

namespace FedHe.Privacy.Composition;

/// <summary>The conversion of a Renyi divergence into epsilon and delta.</summary>
/// <remarks>
/// Sources: Canonne, Kamath and Steinke, NeurIPS 2020, proposition 12, which is theorem 21 of Balle, Barthe, Gaboardi, Hsu and Sato,
/// "Hypothesis Testing Interpretations and Renyi Differential Privacy", AISTATS 2020; and Bretagnolle and Huber's inequality
/// for epsilon 0: the statistical distance is at most sqrt(1 - exp(-divergence)).
/// </remarks>
internal static class RenyiConversion
{
    /// <summary>Orders nearer to 1 lose digits and never give the smallest epsilon.</summary>
    public const double SmallestOrder = 1.01;

    /// <summary>Returns an epsilon of a divergence of one order at a delta, not below 0.</summary>
    public static double Epsilon(double order, double divergence, double delta)
    {
        if ((delta * delta) + LogMath.ExpM1(-divergence) > 0)
        {
            return 0;
        }

        double epsilon = divergence + LogMath.Log1P(-1 / order) - ((Math.Log(delta) + Math.Log(order)) / (order - 1));
        return Math.Max(0, epsilon);
    }
}
