namespace FedHe.MLBridge.Tests.Controls;

/// <summary>A client whose loss is half the sum of curvature * (x - target)^2.</summary>
/// <param name="Target">The minimum of the client's own loss.</param>
/// <param name="Curvature">The second derivatives, positive.</param>
/// <param name="Steps">The number K of local steps.</param>
/// <param name="StepSize">The size eta of a local step.</param>
internal sealed record QuadraticSilo(double[] Target, double[] Curvature, int Steps, double StepSize)
{
    public double[] Gradient(double[] x) => [.. x.Select((value, j) => Curvature[j] * (value - Target[j]))];

    /// <summary>Clients whose minima differ much, with different numbers of steps of different sizes.</summary>
    public static QuadraticSilo[] Different(int count, int length)
    {
        var random = new Random(11);
        return [.. Enumerable.Range(0, count).Select(i => new QuadraticSilo(
            [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() - 0.5)],
            [.. Enumerable.Range(0, length).Select(_ => 0.5 + random.NextDouble())],
            Steps: 5 + (3 * i),
            StepSize: 0.1 / (1 + i)))];
    }

    /// <summary>The minimum of the mean loss.</summary>
    public static double[] Minimum(QuadraticSilo[] silos) => [.. Enumerable.Range(0, silos[0].Target.Length).Select(
        j => silos.Sum(silo => silo.Curvature[j] * silo.Target[j]) / silos.Sum(silo => silo.Curvature[j]))];
}
