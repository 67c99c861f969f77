using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.Tests.Committee;

namespace FedHe.Orchestration.Tests.Epochs;

/// <summary>An epoch lab signs plans and votes that honest parties would not, with the keys of everybody.</summary>
/// <param name="bench">The job.</param>
internal sealed class EpochLab(CommitteeBench bench)
{
    /// <summary>The key that the bench's authority signs with.</summary>
    private SigningKey AuthorityKey { get; } = (SigningKey)typeof(FedHe.Orchestration.Keys.GroupKeyAuthority)
        .GetField("_signingKey", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!.GetValue(bench.Authority)!;

    /// <summary>Signs the terms of a plan, changed in some way.</summary>
    public EpochPlan Forge(EpochPlan plan, Func<EpochTerms, EpochTerms> change, SigningKey? key = null)
        => EpochPlan.Sign(change(plan.Terms), bench.Parameters.Id, key ?? AuthorityKey);

    public EpochError? Check(EpochPlan plan, FederationJob? job = null) => EpochRules.Check(plan, job ?? bench.Job);

    /// <summary>Signs a vote as its member does, whether the member would or not.</summary>
    public RelayedVote Vote(int member, EpochStatement statement)
    {
        byte[] bytes = MessageFormat.WriteSigned(
            new EpochVote(bench.Job.JobId, bench.Name(member), statement.FirstRound, statement.Plan.Number, statement.Digest),
            bench.Parameters.Id,
            bench.Identities[member]);
        return new RelayedVote(bench.Name(member), CommitteeLab.SignatureOf(bytes));
    }

    /// <summary>Makes a certificate of votes that the members need not have given.</summary>
    public EpochCertificate Certify(EpochStatement statement, FederationJob job, params int[] members)
        => EpochCertificate.Create(statement, job, members.Select(member => Vote(member, statement)));

    /// <summary>The certificate by which the bench's server began an epoch.</summary>
    public EpochCertificate Certificate(int number)
    {
        FederationJob job = bench.Job;
        EpochCertificate? last = null;
        foreach (ReadOnlyMemory<byte> bytes in bench.Server.Certificates.Take(number - 1))
        {
            last = EpochCertificate.Read(job, bytes);
            job = last.Job;
        }

        return last!;
    }

    public static ImmutableArray<ClientId> Names(params string[] names) => [.. names.Select(name => new ClientId(name))];

    public static Digest DigestOf(string text) => Digest.Compute(System.Text.Encoding.UTF8.GetBytes(text));

    public static CommitteeTerms Terms(string members, string successors = "")
        => new(Names(members.Split(' ')), keyExchange: KeyExchange.P256)
        {
            Successors = successors.Length == 0 ? [] : Names(successors.Split(' ')),
        };
}
