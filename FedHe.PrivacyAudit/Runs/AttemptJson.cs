using System.Text.Json.Serialization;

namespace FedHe.PrivacyAudit.Runs;

[JsonSourceGenerationOptions(NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(AttemptStore.Line))]
internal sealed partial class AttemptJson : JsonSerializerContext;
