using System.Reflection;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Ckks.SealFormat.Files;
using FedHe.Crypto.Ckks.SealFormat.Headers;
using FedHe.Crypto.Identities;

namespace FedHe.Interop.Tests;

[Collection(OneSeal.Name)]
public sealed class ParameterTests(SealPeer peer)
{
    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Parameters_MadeBySeal_AreReadAndHaveTheSamePrimesAndIdentities(int index)
    {
        ParameterCase parameters = ParameterCase.All[index];
        foreach (bool zlib in (bool[])[false, true])
        {
            SealPeerContext made = peer.CreateContext(parameters.Degree, parameters.BitSizes, zlib);
            SealEncryptionParameters read = SealEncryptionParameters.Read(made.Parameters);

            read.CoeffModulus.Should().Equal(SealEncryptionParameters.Create(parameters.Degree, [.. parameters.BitSizes]).CoeffModulus);
            read.KeyParmsId.Should().Be(new Digest(made.KeyParmsId));
            read.FirstParmsId.Should().Be(new Digest(made.FirstParmsId));
        }
    }

    [SealTheory]
    [MemberData(nameof(ParameterCase.Indices), MemberType = typeof(ParameterCase))]
    public void Parameters_MadeByFedHe_AreLoadedBySealInEveryFormat(int index)
    {
        ParameterCase parameters = ParameterCase.All[index];
        SealEncryptionParameters own = SealEncryptionParameters.Create(parameters.Degree, [.. parameters.BitSizes]);
        SealWriteOptions[] formats =
        [
            SealWriteOptions.Default,
            InteropSetting.Zlib,
            new() { Version = new SealVersion(4, 1) },
            new() { Version = new SealVersion(3, 6) },
        ];
        foreach (SealWriteOptions format in formats)
        {
            SealPeerContext loaded = peer.LoadContext(InteropSetting.Bytes(buffer => own.WriteTo(buffer, format)));

            new Digest(loaded.KeyParmsId).Should().Be(own.KeyParmsId);
            new Digest(loaded.FirstParmsId).Should().Be(own.FirstParmsId);
        }
    }

    [SealFact]
    public void Parameters_OfThePaper_AreLoadedBySeal()
    {
        SealEncryptionParameters paper = SealEncryptionParameters.Of(CkksParameters.PaperDefault);

        SealPeerContext loaded = peer.LoadContext(InteropSetting.Bytes(buffer => paper.WriteTo(buffer)));

        new Digest(loaded.KeyParmsId).Should().Be(paper.KeyParmsId);
    }

    [SealFact]
    public void Primes_OfManySizesAndDegrees_AreThoseOfSeal()
    {
        (int, int[])[] cases =
        [
            (1024, [27]),
            (2048, [27, 27]),
            (4096, [20, 36, 20]),
            (8192, [60, 40, 40, 60]),
            (16384, [59, 31, 59, 31]),
            (32768, [60, 20, 60]),
        ];
        foreach ((int degree, int[] bitSizes) in cases)
        {
            SealPeerContext made = peer.CreateContext(degree, bitSizes);

            SealEncryptionParameters.Create(degree, [.. bitSizes]).CoeffModulus
                .Should().Equal(SealEncryptionParameters.Read(made.Parameters).CoeffModulus);
        }
    }

    [Fact]
    public void Tests_AgainstSeal_RunOrSayWhyNot()
    {
        // A plain fact in the place of one of SEAL's would fail, not say so, where SEAL cannot run.
        IEnumerable<MethodInfo> tests = typeof(SealPeer).Assembly.GetTypes()
            .Where(type => type.GetCustomAttribute<CollectionAttribute>() is not null)
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.GetCustomAttribute<FactAttribute>() is not null)
            .Where(method => method.Name != nameof(Tests_AgainstSeal_RunOrSayWhyNot));

        tests.Should().NotBeEmpty().And.OnlyContain(test => test.GetCustomAttribute<FactAttribute>() is SealFactAttribute
            || test.GetCustomAttribute<FactAttribute>() is SealTheoryAttribute);
    }
}
