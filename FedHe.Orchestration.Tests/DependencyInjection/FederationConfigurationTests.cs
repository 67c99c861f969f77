using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Orchestration.DependencyInjection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FedHe.Orchestration.Tests.DependencyInjection;

public sealed class FederationConfigurationTests
{
    public static TheoryData<string, Digest> Schemes => new()
    {
        { "Scheme=Ckks", CkksParameters.Aggregation.Id },
        { "Scheme=ckks;Parameters:Preset=paperdefault", CkksParameters.PaperDefault.Id },
        { "Scheme=Ckks;Parameters:LargestTotalWeight=5000", CkksParameters.ForTotalWeight(5000).Id },
        { "Scheme=ExactCkks;Parameters:PrecisionBits=16;Parameters:LargestTotalWeight=100", CkksParameters.ForExactIntegers(16, 100).Id },
        {
            "Scheme=ExactCkks;Parameters:PrecisionBits=16;Parameters:LargestTotalWeight=100;Parameters:Traffic=PublicKey",
            CkksParameters.ForExactIntegers(16, 100, CkksTraffic.PublicKey).Id
        },
        { "Scheme=Paillier", PaillierParameters.Default.Id },
        {
            "Scheme=Paillier;Parameters:PrecisionBits=16;Parameters:LargestTotalWeight=100;Parameters:KeyBits=2048",
            PaillierParameters.Create(100, 16, 2048).Id
        },
        { "Scheme=InsecurePlain;Safety:AllowInsecure=true", InsecurePlainParameters.Default.Id },
    };

    [Theory]
    [MemberData(nameof(Schemes))]
    public void Configuration_OfAScheme_ChoosesItsParameters(string settings, Digest parametersId)
    {
        using ServiceProvider provider = Provider(settings, name: null);
        provider.GetRequiredService<IStartupValidator>().Validate();

        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(parametersId);
    }

    [Fact]
    public void Configuration_OfEverything_SetsTheOptions()
    {
        using ServiceProvider provider = Provider(
            "Scheme=Ckks;Safety:AllowInsecure=True;Safety:MaxMessageBytes=4096;SamplingSeed=-7", name: "heart");

        FederationOptions options = provider.GetRequiredService<IOptionsMonitor<FederationOptions>>().Get("heart");

        options.Safety.AllowInsecure.Should().BeTrue();
        options.Safety.MaxMessageBytes.Should().Be(4096);
        options.SamplingSeed.Should().Be(-7);
    }

    [Fact]
    public void Configuration_WithoutAScheme_LeavesItToTheCode()
    {
        IConfigurationSection section = Section("SamplingSeed=7");
        var services = new ServiceCollection();
        services.AddFederation(section).UseCkks(CkksParameters.PaperDefault);
        using ServiceProvider provider = services.BuildServiceProvider();

        provider.GetRequiredService<HeContext>().ParametersId.Should().Be(CkksParameters.PaperDefault.Id);
    }

    [Fact]
    public void Configuration_OfTwoFederations_KeepsThemApart()
    {
        var services = new ServiceCollection();
        services.AddFederation("heart", Section("Scheme=Ckks"));
        services.AddFederation("lung", Section("Scheme=Paillier"));
        using ServiceProvider provider = services.BuildServiceProvider();

        provider.GetRequiredKeyedService<HeContext>("heart").ParametersId.Should().Be(CkksParameters.Aggregation.Id);
        provider.GetRequiredKeyedService<HeContext>("lung").ParametersId.Should().Be(PaillierParameters.Default.Id);
    }

    [Theory]
    [InlineData("", "*'Jobs:Heart' is missing or empty*")]
    [InlineData("Scheme=Ckkz", "*'Jobs:Heart:Scheme' must be one of: Ckks, ExactCkks, Paillier, InsecurePlain*")]
    [InlineData("Scheme=", "*'Jobs:Heart:Scheme' must be one of*")]
    [InlineData("Scheme:Name=Ckks", "*'Jobs:Heart:Scheme' must be one value*")]
    [InlineData("Sceme=Ckks", "*'Jobs:Heart:Sceme' is not known here; known are: Scheme, Parameters, Keys, Safety, SamplingSeed*")]
    [InlineData("Parameters:Preset=Aggregation", "*'Jobs:Heart:Parameters' belongs to no scheme*")]
    [InlineData("Scheme=Ckks;Parameters=Aggregation", "*'Jobs:Heart:Parameters' must be a section*")]
    [InlineData("Scheme=Ckks;Parameters:Preset=Agregation", "*'Jobs:Heart:Parameters:Preset' must be one of: Aggregation, PaperDefault*")]
    [InlineData("Scheme=Ckks;Parameters:Preset=PaperDefault;Parameters:LargestTotalWeight=9", "*has both Preset and LargestTotalWeight*")]
    [InlineData("Scheme=Ckks;Parameters:KeyBits=2048", "*'Jobs:Heart:Parameters:KeyBits' is not known here*")]
    [InlineData("Scheme=Ckks;Parameters:LargestTotalWeight=0", "*LargestTotalWeight' must be a whole number from 1 to 4294967296*")]
    [InlineData("Scheme=Ckks;Parameters:LargestTotalWeight=4294967297", "*LargestTotalWeight' must be a whole number from 1 to 4294967296*")]
    [InlineData("Scheme=Ckks;Parameters:LargestTotalWeight=1,000", "*LargestTotalWeight' must be a whole number*")]
    [InlineData("Scheme=ExactCkks", "*PrecisionBits' is missing*LargestTotalWeight' is missing*")]
    [InlineData("Scheme=ExactCkks;Parameters:PrecisionBits=1;Parameters:LargestTotalWeight=9", "*PrecisionBits' must be a whole number from 2 to 32*")]
    [InlineData("Scheme=ExactCkks;Parameters:PrecisionBits=8;Parameters:LargestTotalWeight=9;Parameters:Traffic=1", "*Traffic' must be one of: SeedLists*")]
    [InlineData("Scheme=ExactCkks;Parameters:PrecisionBits=32;Parameters:LargestTotalWeight=4294967296", "*'Jobs:Heart:Parameters' cannot work: *")]
    [InlineData("Scheme=Paillier;Parameters:PrecisionBits=32;Parameters:LargestTotalWeight=4294967296", "*'Jobs:Heart:Parameters' cannot work: *")]
    [InlineData("Scheme=Paillier;Parameters:KeyBits=1024", "*KeyBits' must be one of: 2048, 3072, 4096*")]
    [InlineData("Keys=everybody", "*'Jobs:Heart:Keys' must be authority, committee, committee:n or committee:n/f*")]
    [InlineData("Keys=authority", "*An authority's key was chosen, and no scheme*")]
    [InlineData("Keys=committee:5;Scheme=Ckks", "*Leave one of the two out*")]
    [InlineData("Scheme=InsecurePlain", "*protects nothing*Safety:AllowInsecure*")]
    [InlineData("Scheme=InsecurePlain;Safety:AllowInsecure=yes", "*'Jobs:Heart:Safety:AllowInsecure' must be one of: True, False*")]
    [InlineData("Scheme=Ckks;Safety:MaxMesageBytes=5000", "*'Jobs:Heart:Safety:MaxMesageBytes' is not known here*")]
    [InlineData("Scheme=Ckks;Safety:MaxMessageBytes=1023", "*MaxMessageBytes' must be a whole number from 1024 to 70368744177664*")]
    [InlineData("Scheme=Ckks;SamplingSeed=seven", "*'Jobs:Heart:SamplingSeed' must be a whole number*")]
    public void Configuration_ThatIsWrong_IsRefusedAtTheStartWithTheKey(string settings, string message)
    {
        using ServiceProvider provider = Provider(settings, name: "heart");

        Action start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage(message).WithMessage("Federation 'heart'*")
            .Which.Message.Should().NotContainAny("Ckkz", "seven", "yes");
    }

    [Fact]
    public void Configuration_AndCodeThatBothChooseAScheme_AreRefusedAtTheStart()
    {
        var services = new ServiceCollection();
        services.AddFederation(Section("Scheme=Ckks")).UsePaillier();
        using ServiceProvider provider = services.BuildServiceProvider();

        Action start = () => provider.GetRequiredService<IStartupValidator>().Validate();

        start.Should().Throw<OptionsValidationException>().WithMessage("*Several schemes were chosen*");
    }

    [Fact]
    public void Configuration_OnAMachineOfAnotherCulture_IsReadTheSame()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        other.NumberFormat.NegativeSign = "~";
        try
        {
            CultureInfo.CurrentCulture = other;
            using ServiceProvider provider = Provider("Scheme=Ckks;SamplingSeed=-7", name: null);

            provider.GetRequiredService<IOptions<FederationOptions>>().Value.SamplingSeed.Should().Be(-7);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static ServiceProvider Provider(string settings, string? name)
    {
        var services = new ServiceCollection();
        _ = name is null ? services.AddFederation(Section(settings)) : services.AddFederation(name, Section(settings));
        return services.BuildServiceProvider();
    }

    private static IConfigurationSection Section(string settings)
        => new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(';', StringSplitOptions.RemoveEmptyEntries)
                .Select(setting => setting.Split('='))
                .Select(setting => KeyValuePair.Create($"Jobs:Heart:{setting[0]}", (string?)setting[1])))
            .Build()
            .GetSection("Jobs:Heart");
}
