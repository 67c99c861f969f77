using FedHe.Learning.Models;
using FedHe.Learning.Training;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>Plain federated averaging is the yardstick: no clipping, no noise.</summary>
internal static class PlainForm
{
    private const int BatchSize = 32;
    private const float Momentum = 0.9f;

    public static (Model Model, int Steps) Train(AccuracySettings settings, int rounds, float learningRate)
    {
        Model common = settings.InitialModel;
        for (int round = 1; round <= rounds; round++)
        {
            var trained = new List<Model>();
            for (int silo = 0; silo < settings.Silos.Count; silo++)
            {
                Model model = common.Clone();
                Trainer.Train(model, settings.Silos[silo], new TrainingOptions
                {
                    BatchSize = BatchSize,
                    LearningRate = learningRate,
                    Momentum = Momentum,
                    Seed = (settings.Seed * 1_000_000) + (silo * 1000) + round,
                    DegreeOfParallelism = settings.Threads,
                });
                trained.Add(model);
            }

            AccuracySettings.Average(trained);
            common = trained[0];
        }

        return (common, (settings.Silos[0].Count + BatchSize - 1) / BatchSize);
    }
}
