using FedHe.Crypto;
using FedHe.Crypto.Keys;
using FedHe.MLBridge.Aggregation;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.Tests.Host.Federations;

namespace FedHe.Orchestration.Tests.Torture.Processes;

/// <summary>The models that undisturbed runs with given contributors end with.</summary>
internal static class Reference
{
    /// <summary>Averages in double precision, with the factors of the lists.</summary>
    public static double[] Plain(IEnumerable<ContributorList> lists)
    {
        ModelParameters model = SmallModel.Initial;
        foreach (ContributorList list in lists)
        {
            double[] sum = new double[SmallModel.ValuesOf(model).Length];
            double total = 0;
            foreach (Contributor contributor in list.Contributors)
            {
                double factor = Math.Min(1, contributor.Weight / (double)list.ReferenceWeight);
                double[] trained = SmallModel.ValuesOf(new SteadyTrainer(contributor.Client.Value).Train(model));
                for (int i = 0; i < sum.Length; i++)
                {
                    sum[i] += factor * trained[i];
                }

                total += factor;
            }

            model = SmallModel.Of([.. sum.Select(value => value / total)], steps: 0);
        }

        return SmallModel.ValuesOf(model);
    }

    /// <summary>Encrypts, adds and decrypts exact integers under fresh keys, without any party in between.</summary>
    public static double[] Exact(IEnumerable<IReadOnlyCollection<string>> contributors)
    {
        using HeContext context = SmallJob.CreateContext(JobMode.Direct)!;
        using KeyPair keys = context.GenerateKeyPair();
        var encryptor = new UpdateEncryptor(context.CreateEncryptor(keys.SecretKey), context.Public, SmallJob.Terms);
        var decryptor = new AggregateDecryptor(context.CreateDecryptor(keys.SecretKey), SmallJob.Terms);
        Guid job = Guid.NewGuid();
        int round = 0;
        ModelParameters model = SmallModel.Initial;
        foreach (IReadOnlyCollection<string> clients in contributors)
        {
            round++;
            using var aggregator = new UpdateAggregator(context.Public, SmallJob.Terms);
            foreach (string client in clients)
            {
                var trainer = new SteadyTrainer(client);
                using EncryptedModelUpdate update = encryptor.Encrypt(trainer.Train(model), trainer.SampleCount, new UploadSlot(job, round, 1, new(client)));
                aggregator.FoldIn(update);
            }

            using EncryptedAggregate aggregate = aggregator.Complete();
            model = decryptor.Decrypt(aggregate, model).Parameters;
        }

        return SmallModel.ValuesOf(model);
    }
}
