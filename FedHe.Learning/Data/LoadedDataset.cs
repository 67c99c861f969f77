namespace FedHe.Learning.Data;

/// <summary>A loaded dataset holds the samples read from a path.</summary>
/// <param name="Training">The training samples, or all samples when the files make no distinction.</param>
/// <param name="Test">The test samples, when the files set some apart.</param>
/// <param name="Format">The format of the files.</param>
public sealed record LoadedDataset(Dataset Training, Dataset? Test, DatasetFormat Format)
{
    /// <summary>Splits into training and test samples, holding out a share of every class where the files set no test
    /// samples apart.</summary>
    /// <param name="seed">Sets which samples are held out.</param>
    /// <param name="testFraction">The share to hold out, between 0 and 1 exclusive.</param>
    public DatasetSplit Split(int seed, double testFraction = 0.2) =>
        Test is null ? DatasetSplit.Stratified(Training, seed, testFraction) : new DatasetSplit(Training, Test);
}
