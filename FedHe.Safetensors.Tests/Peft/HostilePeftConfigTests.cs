using System.Diagnostics.CodeAnalysis;
using System.Text;
using FedHe.Safetensors.Errors;
using FedHe.Safetensors.Peft;
using static FedHe.Safetensors.Tests.Peft.PeftFiles;

namespace FedHe.Safetensors.Tests.Peft;

/// <summary>A configuration may come from an attacker: PEFT's reader reads it, or refuses it by its own exception.</summary>
public sealed class HostilePeftConfigTests
{
    [Theory]
    [InlineData("peft_type", "\"IA3\"")]
    [InlineData("peft_type", "\"lora\"")]
    [InlineData("bias", "\"all\"")]
    [InlineData("bias", "\"lora_only\"")]
    [InlineData("use_dora", "true")]
    [InlineData("use_qalora", "true")]
    [InlineData("lora_bias", "true")]
    [InlineData("modules_to_save", "[\"score\"]")]
    [InlineData("modules_to_save", "\"score\"")]
    [InlineData("trainable_token_indices", "[1, 2]")]
    [InlineData("trainable_token_indices", "{\"embed\": [1]}")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"")]
    [InlineData("init_lora_weights", "\"OLoRA\"")]
    [InlineData("init_lora_weights", "\"loftq\"")]
    public void Read_AnAdapterThatCannotBeAveraged_IsRefusedByTheFieldWithWhatToDo(string field, string json)
        => Refusal(With(field, json)).Should().Match<SafetensorsException>(refused => refused.Error == SafetensorsError.AdapterNotSupported)
            .And.Subject.As<SafetensorsException>().Message.Should().Contain($"'{field}'");

    [Theory]
    [InlineData("peft_type", "null")]
    [InlineData("peft_type", "7")]
    [InlineData("r", "0")]
    [InlineData("r", "-1")]
    [InlineData("r", "2.5")]
    [InlineData("r", "\"8\"")]
    [InlineData("r", "99999999999")]
    [InlineData("lora_alpha", "0")]
    [InlineData("lora_alpha", "-4")]
    [InlineData("lora_alpha", "1e999")]
    [InlineData("lora_alpha", "null")]
    [InlineData("use_rslora", "\"yes\"")]
    [InlineData("use_dora", "1")]
    [InlineData("target_modules", "7")]
    [InlineData("target_modules", "[7]")]
    [InlineData("rank_pattern", "[1]")]
    [InlineData("rank_pattern", "{\"q\": 0}")]
    [InlineData("rank_pattern", "{\"(\": 1}")]
    [InlineData("rank_pattern", "{\"(?=a)b\": 1}")]
    [InlineData("rank_pattern", "{\"(a)\\\\1\": 1}")]
    [InlineData("alpha_pattern", "{\"q\": \"16\"}")]
    [InlineData("alpha_pattern", "{\"q\": 0}")]
    [InlineData("alpha_pattern", "{\"q\": -0.5}")]
    [InlineData("alpha_pattern", "{\"q\": 1e999}")]
    [InlineData("rank_pattern", "{\"q\": 1.5}")]
    public void Read_AFieldOfAnotherForm_IsRefusedByItsName(string field, string json)
        => Refusal(With(field, json)).Should().Match<SafetensorsException>(refused => refused.Error == SafetensorsError.AdapterConfig)
            .And.Subject.As<SafetensorsException>().Message.Should().Contain($"'{field}'");

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"peft_type\":\"LORA\",\"r\":1,\"r\":2,\"lora_alpha\":1}")]
    public void Read_TextThatIsNoObject_IsRefused(string text) => Refusal(text).Error.Should().Be(SafetensorsError.AdapterConfig);

    [Fact]
    public void Read_NamesThatAreNoText_AreRefused()
    {
        Refusal("{\"peft_type\":\"\\ud800\",\"r\":1,\"lora_alpha\":1}").Error.Should().Be(SafetensorsError.AdapterConfig);
        Action bytes = () => PeftConfig.Read([.. "{\"peft_type\":\""u8, 0xff, .. "\"}"u8]);
        bytes.Should().Throw<SafetensorsException>().Which.Error.Should().Be(SafetensorsError.AdapterConfig);
    }

    [Fact]
    public void Read_MuchOfEverything_IsRefusedBeforeItCosts()
    {
        Refusal(Config + new string(' ', PeftConfig.MaxBytes)).Error.Should().Be(SafetensorsError.AdapterConfig);
        Refusal(With("auto_mapping", "0").Replace("\"auto_mapping\":0", $"\"auto_mapping\":{new string('[', 5000)}{new string(']', 5000)}", StringComparison.Ordinal))
            .Error.Should().Be(SafetensorsError.AdapterConfig);
        Refusal(With("rank_pattern", $"{{{string.Join(',', Enumerable.Range(0, 2000).Select(i => $"\"m{i}\":1"))}}}")).Error.Should().Be(SafetensorsError.AdapterConfig);
        Refusal(With("rank_pattern", $"{{\"{new string('a', 300)}\":1}}")).Error.Should().Be(SafetensorsError.AdapterConfig);
        Refusal(With("rank_pattern", "{\"((((a{900}){900}){900}){900})\":1}")).Error.Should().Be(SafetensorsError.AdapterConfig);
    }

    [Fact]
    public void RankPattern_MadeToBacktrack_IsMatchedInLinearTime()
    {
        // A backtracking engine would need 2^60 steps here; the test would never end.
        PeftConfig config = PeftConfig.Read(Encoding.UTF8.GetBytes(With("rank_pattern", "{\"(a+)+b\": 1}")));
        string module = $"base_model.model.{new string('a', 60)}";
        var layout = new MLBridge.Layout.ModelLayout(
            new MLBridge.Layout.TensorSpec($"{module}.lora_A.weight", MLBridge.Layout.ElementType.Float32, [2, 1], 1),
            new MLBridge.Layout.TensorSpec($"{module}.lora_B.weight", MLBridge.Layout.ElementType.Float32, [1, 2], 1));
        config.RankOf(MLBridge.Adapters.AdapterLayout.Of(layout).Pairs[0]).Should().Be(2);
    }

    [Fact]
    [SuppressMessage("Security", "CA5394", Justification = "The bytes of a test are to be the same every time.")]
    public void Read_MutatedAndTruncatedBytes_ThrowsNothingElse()
    {
        byte[] original = Encoding.UTF8.GetBytes(Config);
        var random = new Random(19);
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. original];
            for (int k = random.Next(1, 4); k > 0; k--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            ReadOrRefuse(i % 3 == 0 ? bytes[..random.Next(bytes.Length)] : bytes);
        }
    }

    private static void ReadOrRefuse(byte[] bytes)
    {
        try
        {
            PeftConfig.Read(bytes);
        }
        catch (SafetensorsException)
        {
        }
    }

    private static SafetensorsException Refusal(string text)
    {
        Action read = () => PeftConfig.Read(Encoding.UTF8.GetBytes(text));
        return read.Should().Throw<SafetensorsException>().Which;
    }
}
