using FedHe.Learning.Data;
using FedHe.Learning.Models;
using FedHe.Learning.PrivateTraining;
using FedHe.Privacy.Budgets;
using FedHe.Privacy.Ledgers;
using HospitalFedAvg.Privacy;

namespace FedHe.Benchmarks.Accuracy;

/// <summary>Local DP-SGD: every silo makes several steps a round with its own full noise, as the sample HospitalFedAvg does.</summary>
internal static class LocalForm
{
    public static (Model Model, RecordPlan Plan, double Spent) Train(
        AccuracySettings settings, PrivacyBudget budget, double rate, int rounds, double divisor, float learningRate, Action<int, Model> afterRound)
    {
        Model common = settings.InitialModel;
        var plan = RecordPlan.Create(budget, common.ParameterCount, rate, epochs: 1, rounds, noiseMultiplier: null);
        PrivacyAccountant[] accountants = [.. settings.Silos.Select(_ => new PrivacyAccountant(budget, RecordPlan.Method))];
        for (int round = 1; round <= rounds; round++)
        {
            var trained = new List<Model>();
            foreach ((Dataset silo, PrivacyAccountant accountant) in settings.Silos.Zip(accountants))
            {
                Model model = common.Clone();
                accountant.Spend($"round {round}", plan.Step, plan.StepsPerRound);
                var options = new LocalDpSgdOptions
                {
                    Sampling = plan.Sampling,
                    Clipping = plan.Clipping,
                    Divisor = divisor,
                    LearningRate = learningRate,
                    DegreeOfParallelism = settings.Threads,
                };
                plan.Require(new LocalDpSgd(model, silo, options, plan.Noise).Run(plan.StepsPerRound));
                trained.Add(model);
            }

            AccuracySettings.Average(trained);
            common = trained[0];
            afterRound(round, common);
        }

        return (common, plan, accountants.Max(accountant => accountant.SpentEpsilon));
    }
}
