using FedHe.Benchmarks.Scale;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Ckks.Threshold;
using FedHe.Crypto.Ckks.Threshold.KeyGeneration;
using FedHe.Crypto.Ckks.Threshold.Keys;
using FedHe.Crypto.Ckks.Threshold.Opening;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Identities;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A threshold round measures what the paper's Figure 12 does: encryption under a key of several parties, one partial decryption, and
/// the fusion of all of them, in one process and without the wire.
/// </summary>
internal static class ThresholdRound
{
    public static ThresholdResult Measure(ThresholdKeysOption keys, int parameters, int precisionBits, int threads, int runs)
    {
        var plan = ThresholdParameters.Plan(new ThresholdRequirements(keys.Parties, keys.Threshold, precisionBits, keys.Parties));
        var he = new ThresholdContext(plan, new HeContextOptions { MaxDegreeOfParallelism = threads });
        ThresholdKeys[] all = Generate(he, keys.Parties);
        PartialDecryptor[] parties =
        [
            .. all.Take(keys.Threshold).Select(own => he.CreatePartialDecryptor(own.Share, he.BeginLedger(own.Share, _ => { }))),
        ];
        var set = new PartySet([.. Enumerable.Range(1, keys.Threshold)]);
        double[] model = [.. Enumerable.Range(0, parameters).Select(position => GeneratedValues.Of(client: 0, position))];
        var opened = new double[parameters];
        var times = new List<(double Encrypt, double Decrypt, double Fuse)>();
        Timing.WarmUp(() => Run());
        for (int run = 0; run < runs; run++)
        {
            times.Add(Run());
        }

        double step = Math.ScaleB(1, 1 - precisionBits);
        return new ThresholdResult
        {
            Cpu = Machine.CpuName,
            Keys = keys.ToString(),
            Encoding = plan.Encoding,
            Params = parameters,
            Threads = threads,
            EncryptMs = Timing.Median(times, time => time.Encrypt),
            PartialDecryptMs = Timing.Median(times, time => time.Decrypt),
            FuseMs = Timing.Median(times, time => time.Fuse),
            IsExact = opened.Zip(model, (value, exact) => value.Equals(Math.Round(exact / step) * step)).All(same => same),
        };

        (double Encrypt, double Decrypt, double Fuse) Run()
        {
            EncryptedVector? vector = null;
            double encrypt = Timing.Milliseconds(() => vector = he.CreateEncryptor(all[0].PublicKey).Encrypt(model, maxAbs: 1));
            var answers = new List<PartialDecryption>();
            double decrypt = parties.Average(party => Timing.Milliseconds(() => answers.Add(party.Decrypt(vector!, set))));
            double fuse = Timing.Milliseconds(() => he.Fuse(vector!, answers, opened));
            answers.ForEach(answer => answer.Dispose());
            vector!.Dispose();
            return (encrypt, decrypt, fuse);
        }
    }

    private static ThresholdKeys[] Generate(ThresholdContext he, int count)
    {
        Digest session = Digest.Compute("benchmark"u8);
        KeyGenerationParty[] parties = [.. Enumerable.Range(1, count).Select(party => he.BeginKeyGeneration(session, party))];
        KeyGenerationMessage[] messages = [.. parties.Select(party => party.CommitToSeed())];
        messages = [.. parties.Select(party => party.RevealSeed(messages))];
        messages = [.. parties.Select(party => party.CommitToContribution(messages))];
        messages = [.. parties.Select(party => party.RevealContribution(messages))];
        DealtShare[][] deals = [.. parties.Select(to => parties.Where(from => from.Deals && from != to).Select(from => from.Deal(to.Party)).ToArray())];
        return [.. parties.Select((party, i) => party.Complete(messages, deals[i]))];
    }
}
