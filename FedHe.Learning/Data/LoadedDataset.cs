namespace FedHe.Learning.Data;

/// <summary>A loaded dataset holds the samples read from a path.</summary>
/// <param name="Training">The training samples, or all samples when the files make no distinction.</param>
/// <param name="Test">The test samples, when the files set some apart.</param>
/// <param name="Format">The format of the files.</param>
public sealed record LoadedDataset(Dataset Training, Dataset? Test, DatasetFormat Format)
{
    private const int MostNames = 10;

    /// <summary>Splits into training and test samples, holding out a share of every class where the files set no test
    /// samples apart.</summary>
    /// <param name="seed">Sets which samples are held out.</param>
    /// <param name="testFraction">The share to hold out, between 0 and 1 exclusive.</param>
    /// <returns>The parts; a note of the training samples names the classes that only held-out samples have.</returns>
    /// <exception cref="DatasetFormatException">All training samples are of one class.</exception>
    public DatasetSplit Split(int seed, double testFraction = 0.2)
    {
        bool[] known = ClassesIn(Training);
        if (known.AsSpan().Count(true) < 2)
        {
            throw new DatasetFormatException(
                $"{Training.Name}: all training samples are of one class. A model needs at least two classes to tell apart.");
        }

        DatasetSplit split = Test is null ? DatasetSplit.Stratified(Training, seed, testFraction) : new DatasetSplit(Training, Test);
        known = ClassesIn(split.Training);
        bool[] asked = ClassesIn(split.Test);
        string[] unknown = [.. split.Test.ClassNames.Where((_, label) => asked[label] && !known[label])];
        return unknown.Length == 0 ? split : split with
        {
            Training = split.Training.WithNotes([
                $"Held-out samples have classes that no training sample has, and no model can learn: {Listed(unknown)}.",
            ]),
        };
    }

    private static bool[] ClassesIn(Dataset dataset)
    {
        bool[] found = new bool[dataset.ClassCount];
        foreach (int label in dataset.Labels)
        {
            found[label] = true;
        }

        return found;
    }

    private static string Listed(string[] names)
        => string.Join(", ", names.Take(MostNames)) + (names.Length > MostNames ? ", ..." : string.Empty);
}
