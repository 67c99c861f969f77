using System.Buffers;
using System.Security.Cryptography;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Approvals;
using FedHe.Orchestration.Epochs;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.TestKit.Hostile;

namespace FedHe.Orchestration.Tests.Approvals;

/// <summary>The bytes of approvals and of requests for them.</summary>
public sealed class ApprovalBytesTests
{
    [Fact]
    public async Task Approval_ReadAgain_SaysTheSame()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        foreach (ApprovalSubject subject in (ApprovalSubject[])[bench.Grant(0), ApprovalSubject.OfPlan(bench.Draft(0, 1, 2, 3, 4, 6))])
        {
            DateTimeOffset until = bench.Now.AddDays(7);
            byte[] bytes = ApprovalBench.BytesOf(Approval.Sign(subject, until, bench["anna"]));

            Approval.TryRead(bytes, out Approval? read, out _).Should().BeTrue();
            (read!.Subject, read.Administrator, read.Until).Should().Be((subject, "anna", until));
            read.IsSignedBy(bench["anna"].VerificationKey).Should().BeTrue();
            read.IsSignedBy(bench["ben"].VerificationKey).Should().BeFalse();
            bytes.Length.Should().BeLessThanOrEqualTo(Approval.MaxLength);
        }
    }

    [Fact]
    public void Approval_OfAGrant_HasTheseBytes()
    {
        byte[] scalar = new byte[32];
        scalar[^1] = 9;
        using var anna = new AdministratorIdentity("anna", ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar }));
        byte[] fields =
        [
            1, .. Enumerable.Repeat((byte)7, 32), 3, 0, 0, 0, .. Enumerable.Range(1, 16).Select(i => (byte)i), 2, 0, .. "c1"u8, .. anna.VerificationKey.Encoded,
            4, 0, .. "anna"u8, 0, 0x94, 0x35, 0x77, 0, 0, 0, 0,
        ];
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new Crypto.Serialization.WireWriter(bytes);
        writer.WriteHeader(Crypto.Serialization.WireKind.Approval, Digest.None, fields.Length + MessageSignature.SizeInBytes);
        writer.WriteBytes(fields);
        byte[] signed = [.. bytes.WrittenSpan, .. new byte[MessageSignature.SizeInBytes]];
        anna.Key.SignHash(SHA256.HashData([.. "FedHe approval v1\0"u8, .. bytes.WrittenSpan]), signed.AsSpan(bytes.WrittenCount));

        Approval.TryRead(signed, out Approval? read, out FormatError reason).Should().BeTrue("{0}", reason);

        (read!.Subject.Kind, read.Subject.Epoch, read.Subject.Client!.Value.Value, read.Administrator).Should().Be((ApprovalKind.KeyGrant, 3, "c1", "anna"));
        read.Until.Should().Be(DateTimeOffset.FromUnixTimeSeconds(2_000_000_000));
        read.IsSignedBy(anna.VerificationKey).Should().BeTrue("the format is the one that docs/wire-format.md describes");
        ApprovalBench.BytesOf(Approval.Sign(read.Subject, read.Until, anna))[..^64].Should().Equal(signed[..^64]);
        Convert.ToHexStringLower(SHA256.HashData(signed[..^64])).Should().Be(GoldenGrant);
        read.Subject.Digest.ToString().Should().Be(GoldenSubject);
    }

    [Fact]
    public void Approval_OfAPlan_HasTheseBytes()
    {
        using var anna = AdministratorIdentity.Create("anna");
        byte[] fields =
        [
            2, .. Enumerable.Repeat((byte)7, 32), 3, 0, 0, 0, .. Enumerable.Range(1, 16).Select(i => (byte)i), .. Enumerable.Repeat((byte)9, 32),
            4, 0, .. "anna"u8, 0, 0x94, 0x35, 0x77, 0, 0, 0, 0,
        ];
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new Crypto.Serialization.WireWriter(bytes);
        writer.WriteHeader(Crypto.Serialization.WireKind.Approval, Digest.None, fields.Length + MessageSignature.SizeInBytes);
        writer.WriteBytes(fields);

        Approval.TryRead([.. bytes.WrittenSpan, .. new byte[MessageSignature.SizeInBytes]], out Approval? read, out FormatError reason).Should().BeTrue("{0}", reason);

        (read!.Subject.Kind, read.Subject.Epoch, read.Subject.Client, read.Subject.Plan!.Value.ToString()).Should().Be((ApprovalKind.EpochPlan, 3, null, string.Concat(Enumerable.Repeat("09", 32))));
        ApprovalBench.BytesOf(Approval.Sign(read.Subject, read.Until, anna))[..^64].Should().Equal(bytes.WrittenSpan.ToArray(), "the format is the one that docs/wire-format.md describes");
        read.Subject.Digest.ToString().Should().Be(GoldenPlanSubject);
    }

    [Fact]
    public void Request_OfAGrant_HasTheseBytes()
    {
        byte[] scalar = new byte[32];
        scalar[^1] = 9;
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
        string head = $"5.{new string('a', 64)}.{new string('b', 128)}";
        byte[] subject = [1, .. Enumerable.Repeat((byte)7, 32), 3, 0, 0, 0, .. Enumerable.Range(1, 16).Select(i => (byte)i), 2, 0, .. "c1"u8, .. VerificationKey.Of(key).Encoded];

        // Two certificates of 3 bytes and of 1, no draft, and a head.
        byte[] fields = [.. subject, 2, 0, 0, 0, 3, 0, 0, 0, 11, 12, 13, 1, 0, 0, 0, 14, 0, 0, 0, 0, (byte)head.Length, 0, .. System.Text.Encoding.ASCII.GetBytes(head)];
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new Crypto.Serialization.WireWriter(bytes);
        writer.WriteHeader(Crypto.Serialization.WireKind.ApprovalRequest, Digest.None, fields.Length);
        writer.WriteBytes(fields);

        ApprovalRequest.TryRead(bytes.WrittenMemory, out ApprovalRequest? read, out FormatError reason).Should().BeTrue("{0}", reason);

        (read!.Subject.Kind, read.Subject.Epoch, read.Subject.Client!.Value.Value, read.AuditHead!.ToString()).Should().Be((ApprovalKind.KeyGrant, 3, "c1", head));
        BytesOf(read).Should().Equal(bytes.WrittenSpan.ToArray(), "the format is the one that docs/wire-format.md describes");
        bytes.WrittenSpan[4].Should().Be(77);
    }

    [Fact]
    public async Task Request_ReadAgain_SaysTheSame_AndIsVerifiedFromTheJobAlone()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        ApprovalRequest plan = PassThroughBytes(ApprovalRequest.OfPlan(draft, []));
        plan.Subject.Should().Be(ApprovalSubject.OfPlan(draft));
        plan.Draft!.Digest.Should().Be(draft.Digest);
        plan.Draft.Roster.Clients.Should().Equal(draft.Roster.Clients);
        plan.Check(bench.Bench.Job).Should().BeSameAs(bench.Bench.Job);

        bench.Approve(plan.Subject, "anna", "ben");
        EpochCertificate certificate = bench.Begin(bench.Authority.SignEpoch(draft, bench.Bench.Job));
        ApprovalRequest grant = PassThroughBytes(ApprovalRequest.OfGrant(certificate.Job, bench.Bench.Name(6), [certificate]));
        grant.Draft.Should().BeNull();
        grant.Check(bench.Bench.Job).Roster.Clients.Should().Equal(certificate.Job.Roster.Clients, "the certificates lead from the job to the epoch");
    }

    [Fact]
    public async Task Request_OfAnotherJob_Epoch_OrClient_IsRefused()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        using ApprovalBench other = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        bench.Approve(ApprovalSubject.OfPlan(draft), "anna", "ben");
        EpochCertificate certificate = bench.Begin(bench.Authority.SignEpoch(draft, bench.Bench.Job));

        ErrorOf(ApprovalRequest.OfGrant(other.Bench.Job, other.Bench.Name(0), []), bench).Should().Be(EpochError.AnotherJob);
        ErrorOf(ApprovalRequest.OfGrant(certificate.Job, bench.Bench.Name(0), []), bench).Should().Be(EpochError.WrongNumber, "without its certificate an epoch is a claim");
        ErrorOf(ApprovalRequest.OfGrant(bench.Bench.Job, bench.Bench.Name(0), [certificate]), bench).Should().Be(EpochError.WrongNumber);
        ErrorOf(ApprovalRequest.OfPlan(draft, [certificate]), bench).Should().NotBeNull();
        ErrorOf(ApprovalRequest.OfGrant(Renamed(bench), bench.Bench.Name(0), []), bench).Should().NotBeNull("the roster of the job has another key for the client");
    }

    [Fact]
    public async Task Approval_TruncatedOrChanged_IsRefused_OrOfNobody()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        foreach (ApprovalSubject subject in (ApprovalSubject[])[bench.Grant(0), ApprovalSubject.OfPlan(bench.Draft(0, 1, 2, 3, 4, 6))])
        {
            byte[] bytes = ApprovalBench.BytesOf(Approval.Sign(subject, bench.Now.AddDays(7), bench["anna"]));
            foreach (byte[] mutated in Mutations(bytes))
            {
                if (Approval.TryRead(mutated, out Approval? read, out FormatError reason))
                {
                    read.IsSignedBy(bench["anna"].VerificationKey).Should().BeFalse();
                }
                else
                {
                    reason.Should().NotBe(FormatError.None);
                }
            }
        }
    }

    [Fact]
    public async Task Request_TruncatedOrChanged_IsReadOrRefused_AndAsksNothingElseOfTheSameSubject()
    {
        using ApprovalBench bench = await ApprovalBench.CreateAsync();
        EpochDraft draft = bench.Draft(0, 1, 2, 3, 4, 6);
        bench.Approve(ApprovalSubject.OfPlan(draft), "anna", "ben");
        EpochCertificate certificate = bench.Begin(bench.Authority.SignEpoch(draft, bench.Bench.Job));
        foreach (ApprovalRequest request in (ApprovalRequest[])[ApprovalRequest.OfPlan(draft, []), ApprovalRequest.OfGrant(certificate.Job, bench.Bench.Name(6), [certificate])])
        {
            byte[] bytes = BytesOf(request);
            foreach (byte[] mutated in Mutations(bytes))
            {
                AllocationGuard guard = AllocationGuard.Start();
                bool isRead = ApprovalRequest.TryRead(mutated, out ApprovalRequest? read, out FormatError reason);
                guard.ShouldBeAtMost(262_144, () => $"{mutated.Length} bytes");
                (reason == FormatError.None).Should().Be(isRead);
                if (isRead && read!.Subject == request.Subject)
                {
                    (read.Draft?.Digest).Should().Be(request.Draft?.Digest, "whoever approves a subject has seen what it is");
                }

                if (isRead)
                {
                    // No other exception than the one that says why.
                    _ = ErrorOf(read!, bench);
                }
            }
        }
    }

    private const string GoldenGrant = "8ada7aa552e670d2a45ea62d94b1b2202455fe96f465b37b2c7c99e6e460ede8";
    private const string GoldenPlanSubject = "b62474ce51a9f5fc468fc5515ef8082e5d3d3727eb32cd55b76b398fd5e8874a";
    private const string GoldenSubject = "0f0617ca826c7733feb2377ee70fc86d1fca7dc51388a4a342cb72570f7773b3";

    private static FederationJob Renamed(ApprovalBench bench)
    {
        using ClientIdentity other = ClientIdentity.Create(bench.Bench.Name(0));
        var roster = ClientRoster.Of([other, .. bench.Bench.Identities.Skip(1).Take(5)]);
        FederationJob job = bench.Bench.Job;
        return new FederationJob(job.JobId, job.Authority, job.ServerKey, roster, job.Terms, job.InitialModelDigest, job.Settings, committee: job.Committee, update: job.Update);
    }

    private static EpochError? ErrorOf(ApprovalRequest request, ApprovalBench bench)
    {
        try
        {
            request.Check(bench.Bench.Job);
            return null;
        }
        catch (EpochRefusedException refused)
        {
            return refused.Error;
        }
    }

    private static IEnumerable<byte[]> Mutations(byte[] bytes)
    {
        var hostile = new HostileBytes(20261130);
        return HostileBytes.Truncations(bytes).Concat(HostileBytes.BitFlips(bytes, count: 600)).Select(mutated => mutated.ToArray())
            .Concat(Enumerable.Range(0, 400).Select(_ => hostile.Next(bytes).ToArray()).Where(mutated => !mutated.AsSpan().SequenceEqual(bytes)))
            .Append([.. bytes, 0]);
    }

    private static byte[] BytesOf(ApprovalRequest request)
    {
        var bytes = new ArrayBufferWriter<byte>();
        request.WriteTo(bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static ApprovalRequest PassThroughBytes(ApprovalRequest request)
    {
        ApprovalRequest.TryRead(BytesOf(request), out ApprovalRequest? read, out FormatError reason).Should().BeTrue("{0}", reason);
        return read!;
    }
}
