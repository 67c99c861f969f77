using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PerSample;
using FedHe.Learning.PrivateTraining;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Federation;
using FedHe.Privacy.Releases;
using HospitalFedAvg.Privacy;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>Local DP-SGD: every silo makes several steps a round with its own full noise, as the sample HospitalFedAvg does.</summary>
internal static class LocalForm
{
    private static readonly SamplingSecrecy Secrecy = new("Each silo draws the records of every step itself and tells nobody which; this holds against everybody else.");

    public static (Model Model, PrivacyTerms Terms, double Spent) Train(
        AccuracySettings settings, PrivacyBudget budget, double rate, int rounds, double divisor, float learningRate, Action<int, Model> afterRound)
    {
        Model common = settings.InitialModel;
        int parameters = common.ParameterCount;
        int steps = Math.Max(1, (int)Math.Round(1 / rate));
        PrivacyTerms terms = RecordPrivacyPlan.ForLocalTraining(budget, parameters, rounds, steps, rate, Secrecy).Privacy!;
        var noise = new HospitalNoise(terms);
        for (int round = 1; round <= rounds; round++)
        {
            var trained = new List<Model>();
            foreach (Dataset silo in settings.Silos)
            {
                Model model = common.Clone();
                var options = new LocalDpSgdOptions
                {
                    Sampling = rate < 1 ? new PoissonBatches(rate, new SecretCoins()) : new AllRecords(),
                    Clipping = new GradientClipping { ClipNorm = terms.Clip, LogClipUnits = terms.LogClipUnits, NonFinite = NonFiniteGradients.Zero },
                    Divisor = divisor,
                    LearningRate = learningRate,
                    DegreeOfParallelism = settings.Threads,
                };
                _ = new LocalDpSgd(model, silo, options, noise).Run(terms.Steps);
                trained.Add(model);
            }

            AccuracySettings.Average(trained);
            common = trained[0];
            afterRound(round, common);
        }

        return (common, terms, RecordPrivacyPlan.EpsilonOf(terms, parameters, rounds, Secrecy));
    }
}
