namespace FedHe.MLBridge.Tests.Controls;

/// <summary>Algorithm 1 of the paper with option II, word for word and in double precision.</summary>
/// <param name="silos">The clients.</param>
/// <param name="start">The model before the first round.</param>
/// <param name="globalStep">The paper's eta_g.</param>
internal sealed class LiteralScaffold(QuadraticSilo[] silos, double[] start, double globalStep)
{
    public double[] X { get; private set; } = start;

    public double[] C { get; private set; } = new double[start.Length];

    public double[][] OfClients { get; } = [.. silos.Select(_ => new double[start.Length])];

    public void Round(int[] sampled)
    {
        (double[] x, double[] c) = ([.. X], [.. C]);
        foreach (int i in sampled)
        {
            QuadraticSilo silo = silos[i];
            double[] y = [.. X];
            for (int k = 0; k < silo.Steps; k++)
            {
                double[] g = silo.Gradient(y);
                y = [.. y.Select((value, j) => value - (silo.StepSize * (g[j] - OfClients[i][j] + C[j])))];
            }

            double[] plus = [.. OfClients[i].Select((value, j) => value - C[j] + ((X[j] - y[j]) / (silo.Steps * silo.StepSize)))];
            for (int j = 0; j < x.Length; j++)
            {
                x[j] += globalStep / sampled.Length * (y[j] - X[j]);
                c[j] += (double)sampled.Length / silos.Length * ((plus[j] - OfClients[i][j]) / sampled.Length);
            }

            OfClients[i] = plus;
        }

        (X, C) = (x, c);
    }
}
