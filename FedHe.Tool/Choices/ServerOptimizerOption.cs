using System.CommandLine;
using System.Globalization;
using FedHe.MLBridge.Optimizers;

namespace FedHe.Tool.Choices;

/// <summary>The option that says how average differences move the model.</summary>
internal static class ServerOptimizerOption
{
    public static Option<ServerOptimizer?> Create() => new("--server-optimizer")
    {
        Description = "How the average of the clients' differences moves the model, with its learning rate, such as adam:0.1; decays and adaptivity are those of the papers. Every client computes it. "
            + "Default: clients average their models. A job with an optimizer has one epoch: nobody joins or leaves.",
        HelpName = "momentum|adagrad|adam|yogi:RATE",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (Parse(text) is ServerOptimizer optimizer)
            {
                return optimizer;
            }

            result.AddError($"--server-optimizer must be momentum, adagrad, adam or yogi with a positive learning rate, such as adam:0.1, not '{text}'.");
            return null;
        },
    };

    private static ServerOptimizer? Parse(string text)
    {
        string[] parts = text.Split(':');
        bool isRate = double.TryParse(parts[^1], NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0 && double.IsFinite(rate);
        return !isRate || parts.Length != 2 ? null : parts[0] switch
        {
            "momentum" => ServerOptimizer.Momentum(rate),
            "adagrad" => ServerOptimizer.Adagrad(rate),
            "adam" => ServerOptimizer.Adam(rate),
            "yogi" => ServerOptimizer.Yogi(rate),
            _ => null,
        };
    }
}
