using Mono.Cecil;
using Mono.Cecil.Cil;

namespace VzDump.Tests.Architecture;

/// <summary>The types that a type mentions: in its shape, its attributes and the bodies of its methods. Constants are not seen; the compiler copies them.</summary>
internal static class Uses
{
    public static IReadOnlySet<TypeReference> Of(TypeDefinition type)
    {
        var found = new HashSet<TypeReference>(ByName.Comparer);
        Add(type.BaseType);
        AddAll(type.Interfaces.Select(item => item.InterfaceType));
        AddAll(type.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType));
        AddAttributes(type);
        foreach (var field in type.Fields)
        {
            Add(field.FieldType);
            AddAttributes(field);
        }

        foreach (var property in type.Properties)
        {
            AddAttributes(property);
        }

        foreach (var method in type.Methods)
        {
            AddAttributes(method);
            AddMethod(method);
            AddAll(method.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType));
            foreach (var parameter in method.Parameters)
            {
                AddAttributes(parameter);
            }

            if (method.HasBody)
            {
                AddAll(method.Body.Variables.Select(variable => variable.VariableType));
                AddAll(method.Body.ExceptionHandlers.Select(handler => handler.CatchType));
                foreach (var instruction in method.Body.Instructions)
                {
                    AddOperand(instruction);
                }
            }
        }

        return found;

        void AddOperand(Instruction instruction)
        {
            switch (instruction.Operand)
            {
                case TypeReference mentioned:
                    Add(mentioned);
                    break;
                case FieldReference field:
                    Add(field.DeclaringType);
                    Add(field.FieldType);
                    break;
                case MethodReference method:
                    Add(method.DeclaringType);
                    AddMethod(method);
                    break;
            }
        }

        void AddMethod(MethodReference method)
        {
            Add(method.ReturnType);
            AddAll(method.Parameters.Select(parameter => parameter.ParameterType));
            AddAll((method as GenericInstanceMethod)?.GenericArguments ?? []);
        }

        void AddAttributes(ICustomAttributeProvider provider) => AddAll(provider.CustomAttributes.Select(attribute => attribute.AttributeType));

        void AddAll(IEnumerable<TypeReference?> types)
        {
            foreach (var mentioned in types)
            {
                Add(mentioned);
            }
        }

        void Add(TypeReference? mentioned)
        {
            switch (mentioned)
            {
                case null or GenericParameter:
                    break;
                case GenericInstanceType generic:
                    Add(generic.ElementType);
                    AddAll(generic.GenericArguments);
                    break;
                case TypeSpecification wrapped: // an array, a reference, a pointer
                    Add(wrapped.ElementType);
                    break;
                default:
                    found.Add(mentioned);
                    break;
            }
        }
    }

    /// <summary>The namespace; of a nested type that of the outermost.</summary>
    public static string NamespaceOf(TypeReference type) => type.DeclaringType is { } outer ? NamespaceOf(outer) : type.Namespace;

    private sealed class ByName : IEqualityComparer<TypeReference>
    {
        public static readonly ByName Comparer = new();

        public bool Equals(TypeReference? x, TypeReference? y) => x?.FullName == y?.FullName;

        public int GetHashCode(TypeReference type) => type.FullName.GetHashCode(StringComparison.Ordinal);
    }
}
