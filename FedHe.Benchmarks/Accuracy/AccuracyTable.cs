using System.Globalization;
using FedHe.Privacy.Reports;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>An accuracy table prints figures, and what several seeds have in common.</summary>
internal static class AccuracyTable
{
    public static void Print(IEnumerable<AccuracyFigure> figures)
    {
        Console.WriteLine("seed form                                               epsilon    spent  noise  rounds x steps  accuracy  of plain  seconds");
        foreach (AccuracyFigure figure in figures)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{figure.Seed,4} {figure.Form,-50} {Epsilon(figure),7} {PrivacyFigures.AtMost(figure.Spent, 3),8} {PrivacyFigures.AtLeast(figure.NoiseMultiplier, 2),6} {figure.Rounds,7} x {figure.Steps,-5} {figure.Accuracy,9:P2} {figure.Relative,9:P1} {figure.Seconds,8:F0}"));
        }
    }

    /// <summary>Prints the mean and the range over the seeds of each form and epsilon.</summary>
    public static void PrintMeans(IEnumerable<AccuracyFigure> figures)
    {
        Console.WriteLine("form                                               epsilon  seeds  accuracy: mean, least, most  of plain: mean, least");
        foreach (IGrouping<(string Form, double? Epsilon), AccuracyFigure> group in figures.GroupBy(figure => (figure.Form, figure.Epsilon)))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Key.Form,-50} {Epsilon(group.First()),7} {group.Count(),6} {group.Average(one => one.Accuracy),15:P2} {group.Min(one => one.Accuracy),7:P2} {group.Max(one => one.Accuracy),7:P2} {group.Average(one => one.Relative),14:P1} {group.Min(one => one.Relative),7:P1}"));
        }
    }

    private static string Epsilon(AccuracyFigure figure) => figure.Epsilon?.ToString(CultureInfo.InvariantCulture) ?? "none";
}
