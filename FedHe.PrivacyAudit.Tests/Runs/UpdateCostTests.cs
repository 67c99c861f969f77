using FedHe.Crypto;
using FedHe.Crypto.Plain;

namespace FedHe.PrivacyAudit.Tests.Runs;

public sealed class UpdateCostTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(250)]
    [InlineData(1000)]
    public void Cost_OfARatio_IsThatOfARealUpload(int encrypted)
    {
        using HeContext context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
        using KeyPair keys = context.GenerateKeyPair();

        UpdateCost cost = UpdateCost.Measure(context.CreateEncryptor(keys.SecretKey), 1000, encrypted);

        cost.Ratio.Should().Be(encrypted / 1000.0);
        cost.ClearBytes.Should().Be(4000);
        cost.Bytes.Should().BeGreaterThan(4 * (1000 - encrypted));
        cost.Seconds.Should().BeGreaterThan(0);
    }

    [Fact]
    public void Cost_OfMoreThanAll_IsRefused()
    {
        using HeContext context = new InsecurePlainScheme().CreateContext(InsecurePlainParameters.Default);
        using KeyPair keys = context.GenerateKeyPair();
        FluentActions.Invoking(() => UpdateCost.Measure(context.CreateEncryptor(keys.SecretKey), 10, 11))
            .Should().Throw<ArgumentOutOfRangeException>();
    }
}
