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
    private const int SyntheticSeed = 1;

    // Silos of about equal size, each with all classes.
    private const double Alpha = 100;

    public required int Seed { get; init; }

    public required IReadOnlyList<Dataset> Silos { get; init; }

    /// <summary>The number of records of all silos.</summary>
    public int Records => Silos.Sum(silo => silo.Count);

    public required Dataset Test { get; init; }

    public required Model InitialModel { get; init; }

    public required int Threads { get; init; }

    /// <summary>Computes the accuracy of a model on held-out samples.</summary>
    public double AccuracyOf(Model model) => Evaluator.Evaluate(model, Test, degree: Threads).Accuracy;

    /// <summary>Reads pictures, once for all seeds.</summary>
    /// <param name="data">The files, or null for synthetic digits, on which settings can be tried that are then used on data of people.</param>
    /// <param name="isScattered">Whether to turn them into scattering features.</param>
    /// <param name="threads">The number of threads.</param>
    public static LoadedDataset Load(FileSystemInfo? data, bool isScattered, int threads)
    {
        LoadedDataset loaded = data is null
            ? new LoadedDataset(SyntheticDigits.Generate(SyntheticCount, SyntheticSeed), Test: null, DatasetFormat.Idx)
            : DatasetReader.Open(data.FullName);
        return isScattered
            ? loaded with
            {
                Training = ScatteringTransform.Apply(loaded.Training, threads),
                Test = loaded.Test is Dataset test ? ScatteringTransform.Apply(test, threads) : null,
            }
            : loaded;
    }

    /// <summary>Divides data into silos and held-out samples, and begins a model.</summary>
    /// <param name="loaded">The pictures or their features.</param>
    /// <param name="isScattered">Whether they are features, which are scaled already.</param>
    /// <param name="model">The name of the model.</param>
    /// <param name="silos">The number of silos.</param>
    /// <param name="seed">The seed of the split, of the silos and of the model.</param>
    /// <param name="threads">The number of threads.</param>
    public static AccuracySettings Create(LoadedDataset loaded, bool isScattered, string model, int silos, int seed, int threads)
    {
        DatasetSplit split = loaded.Split(seed);
        if (!isScattered)
        {
            // Pixels are scaled by held-out samples, because a scale computed from training records would have to be paid for.
            var scaling = FeatureScaling.Fit(split.Test);
            split = new DatasetSplit(scaling.Apply(split.Training), scaling.Apply(split.Test));
        }

        return new AccuracySettings
        {
            Seed = seed,
            Silos = DirichletPartition.Split(split.Training, silos, Alpha, seed, 2),
            Test = split.Test,
            InitialModel = ModelFactory.Create(model, split.Training.SampleShape, split.Training.ClassCount).Initialize(seed),
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
