using FedHe.Learning.Data;
using FedHe.Learning.Data.Digits;
using FedHe.Learning.Data.Reading;
using FedHe.Learning.Models;
using FedHe.Learning.Scattering;
using FedHe.Learning.Training;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>Accuracy settings are what all ways of training have in common.</summary>
internal sealed record AccuracySettings
{
    private const int SyntheticCount = 10_000;

    // Silos of about equal size, each with all classes.
    private const double Alpha = 100;

    public required int Seed { get; init; }

    public required IReadOnlyList<Dataset> Silos { get; init; }

    public required Dataset Test { get; init; }

    public required Model InitialModel { get; init; }

    public required int Threads { get; init; }

    /// <summary>Computes the accuracy of a model on held-out samples.</summary>
    public double AccuracyOf(Model model) => Evaluator.Evaluate(model, Test, degree: Threads).Accuracy;

    /// <summary>Divides data into silos and held-out samples, and begins a model.</summary>
    /// <param name="data">The files, or null for synthetic digits, on which settings can be tried that are then used on data of people.</param>
    /// <param name="isScattered">Whether the model gets scattering features and not pixels.</param>
    /// <param name="model">The name of the model.</param>
    /// <param name="silos">The number of silos.</param>
    /// <param name="seed">The seed of the split, of the silos and of the model.</param>
    /// <param name="threads">The number of threads.</param>
    public static AccuracySettings Create(FileSystemInfo? data, bool isScattered, string model, int silos, int seed, int threads)
    {
        DatasetSplit split = data is null
            ? DatasetSplit.Stratified(SyntheticDigits.Generate(SyntheticCount, seed), seed)
            : DatasetReader.Open(data.FullName).Split(seed);

        // Pixels are scaled by held-out samples, because a scale computed from training records would have to be paid for. Scattering scales every image by itself.
        var scaling = FeatureScaling.Fit(split.Test);
        Dataset training = isScattered ? ScatteringTransform.Apply(split.Training, threads) : scaling.Apply(split.Training);
        return new AccuracySettings
        {
            Seed = seed,
            Silos = DirichletPartition.Split(training, silos, Alpha, seed, 2),
            Test = isScattered ? ScatteringTransform.Apply(split.Test, threads) : scaling.Apply(split.Test),
            InitialModel = ModelFactory.Create(model, training.SampleShape, training.ClassCount).Initialize(seed),
            Threads = threads,
        };
    }

    /// <summary>Averages models with equal weights into the first of them.</summary>
    public static void Average(IReadOnlyList<Model> models)
    {
        for (int p = 0; p < models[0].Parameters.Count; p++)
        {
            Span<float> mean = models[0].Parameters[p].Value.Values;
            for (int i = 0; i < mean.Length; i++)
            {
                double sum = 0;
                foreach (Model model in models)
                {
                    sum += model.Parameters[p].Value.Values[i];
                }

                mean[i] = (float)(sum / models.Count);
            }
        }
    }
}
