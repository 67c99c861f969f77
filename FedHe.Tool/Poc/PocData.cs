using System.Globalization;
using System.Text;

namespace FedHe.Tool.Poc;

/// <summary>
/// Points of two classes, as lines of a file: a label and the coordinates. Every client has points of its own; the same name gives the same points.
/// </summary>
internal sealed class PocData
{
    public const int Dimension = 8;

    private const int Uniforms = 12;

    private PocData(double[] labels, double[][] points) => (Labels, Points) = (labels, points);

    public double[] Labels { get; }

    public double[][] Points { get; }

    /// <summary>Generates the points of a party.</summary>
    /// <param name="seed">The number that decides which points come.</param>
    /// <param name="count">The number of points.</param>
    public static PocData Generate(ulong seed, int count)
    {
        var random = new PocRandom(seed);
        var labels = new double[count];
        var points = new double[count][];
        for (int i = 0; i < count; i++)
        {
            labels[i] = random.Next() < 0.5 ? 0 : 1;
            points[i] = new double[Dimension];
            for (int j = 0; j < Dimension; j++)
            {
                // The classes lie on two sides of a plane, and overlap.
                double center = (labels[i] - 0.5) * (j % 2 == 0 ? 1.5 : -0.75);
                points[i][j] = center + Normal(random);
            }
        }

        return new PocData(labels, points);
    }

    public static PocData Read(string path)
    {
        string[][] lines = [.. File.ReadLines(path).Select(line => line.Split(','))];
        return new PocData(
            [.. lines.Select(line => Parse(line[0]))],
            [.. lines.Select(line => line.Skip(1).Select(Parse).ToArray())]);
    }

    public void Write(string path)
    {
        var text = new StringBuilder();
        for (int i = 0; i < Labels.Length; i++)
        {
            text.AppendLine(string.Join(',', Points[i].Prepend(Labels[i]).Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
        }

        File.WriteAllText(path, text.ToString());
    }

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>Draws a number that is nearly normal, as a sum of uniform ones.</summary>
    private static double Normal(PocRandom random)
    {
        double sum = -Uniforms / 2.0;
        for (int i = 0; i < Uniforms; i++)
        {
            sum += random.Next();
        }

        return sum;
    }
}
