using FedHe.Crypto.Kernels.MultiPrecision;
using FedHe.Crypto.Random;
using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Data.Reading;
using FedHe.Learning.Models;

namespace HospitalFedAvg.Data;

/// <summary>A scenario holds the hospitals' unequal shares of the data, the held-out test samples and the initial
/// model.</summary>
internal sealed record Scenario(string DatasetName, IReadOnlyList<Dataset> Shares, Dataset Test, Model InitialModel, IReadOnlyList<string> Notes)
{
    private const int SyntheticSamples = 5000;
    private const int MinimumPerHospital = 2;

    public int TrainingCount => Shares.Sum(share => share.Count);

    /// <summary>Reads or generates the data, holds out a fifth and divides the rest among the hospitals.</summary>
    public static Scenario Create(SampleOptions options)
    {
        DatasetSplit split = options.DataPath is null
            ? DatasetSplit.Stratified(SyntheticDigits.Generate(SyntheticSamples, options.Seed), options.Seed)
            : DatasetReader.Open(options.DataPath, options.Table).Split(options.Seed);

        // The features are scaled by the statistics of all training samples. Hospitals that may not share even these
        // statistics would
        // aggregate them encrypted first, like an update.
        // Under a promise of privacy nobody pays for these statistics, and held-out samples, to whom nothing is promised, give them.
        var scaling = FeatureScaling.Fit(options.Privacy is null ? split.Training : split.Test);
        Dataset training = scaling.Apply(split.Training);
        if (training.Count < options.Clients * MinimumPerHospital)
        {
            throw new DatasetFormatException(
                $"{training.Name}: {training.Count} training samples are too few for {options.Clients} hospitals, which need "
                + $"{MinimumPerHospital} each. Use fewer --clients.");
        }

        IReadOnlyList<Dataset> shares = DirichletPartition.Split(
            training, options.Clients, options.Alpha, options.Seed, MinimumPerHospital);
        Model model = ModelFactory.Create(options.Model, training.SampleShape, training.ClassCount).Initialize(options.Seed);
        return new Scenario(training.Name, shares, scaling.Apply(split.Test), model, training.Notes);
    }
}
