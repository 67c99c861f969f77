using System.Globalization;

namespace MyFederation.Client;

/// <summary>The data of a client: lines of a file, each with x and y.</summary>
public sealed record Samples(IReadOnlyList<(double X, double Y)> All)
{
    public static Samples Read(string path) => new([.. File.ReadLines(path).Select(line => line.Split(',')).Select(parts => (Parse(parts[0]), Parse(parts[1])))]);

    private static double Parse(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
